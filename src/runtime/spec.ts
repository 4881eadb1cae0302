/**
 * The part of an OCI runtime `config.json` that the embedded runtime performs
 * (OCI runtime specification 1.2, config.md and config-linux.md). Names are the specification's.
 */
export interface RuntimeSpec {
  readonly ociVersion: string;
  readonly process: ProcessSpec;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts?: readonly MountSpec[];
  readonly linux?: LinuxSpec;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** config.md, Process. */
export interface ProcessSpec {
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: UserSpec;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly cwd: string;
  readonly capabilities?: CapabilitiesSpec;
  readonly rlimits?: readonly RlimitSpec[];
  readonly noNewPrivileges?: boolean;
}

/** config.md, POSIX-platform User. */
export interface UserSpec {
  readonly uid: number;
  readonly gid: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
}

/** config.md, Linux Process: sets of `CAP_…` names. */
export interface CapabilitiesSpec {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly permitted?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly ambient?: readonly string[];
}

/** config.md, POSIX process: `RLIMIT_…`, soft and hard. */
export interface RlimitSpec {
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** config.md, Mounts. */
export interface MountSpec {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** config-linux.md. */
export interface LinuxSpec {
  readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
  readonly devices?: readonly DeviceSpec[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly seccomp?: SeccompSpec;
  /** Instead of `seccomp`: a BPF program for the machine. */
  readonly seccompProgram?: Uint8Array;
  /** Kernel parameters by name, `net.ipv4.ip_forward`, of namespaces that the container has for itself. */
  readonly sysctl?: Readonly<Record<string, string>>;
}

/** config-linux.md, Devices: `c`, `b`, `u` or `p`. */
export interface DeviceSpec {
  readonly type: string;
  readonly path: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** config-linux.md, Seccomp. */
export interface SeccompSpec {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly syscalls?: readonly SeccompRule[];
}

/** One entry of `syscalls`: all conditions on arguments must hold. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompCondition[];
}

/** A condition on one argument; `valueTwo` is what `SCMP_CMP_MASKED_EQ` compares with, `value` the mask. */
export interface SeccompCondition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}
