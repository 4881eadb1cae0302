import { PlinthError } from '../errors/index.ts';
import { CAPABILITIES, RESOURCES } from './kernel.ts';
import { hasNamespace, type PlanOptions } from './plan.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import type { RuntimeSpec } from './spec.ts';

const NAMESPACES = new Set(['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts']);
/** Parts of `config.json` that change what the command may do: ignoring them would be a lie. */
const UNSUPPORTED_PROCESS = [
  'apparmorProfile',
  'selinuxLabel',
  'oomScoreAdj',
  'scheduler',
  'ioPriority',
  'execCPUAffinity',
];
const UNSUPPORTED_LINUX = [
  'uidMappings',
  'gidMappings',
  'resources',
  'personality',
  'intelRdt',
  'mountLabel',
  'timeOffsets',
];

/**
 * Refuses what the runtime cannot perform, by name, before anything is done.
 *
 * @throws PlinthError `runtime-spec-invalid`, `runtime-spec-unsupported`
 */
export function checkSpec(spec: RuntimeSpec, options: PlanOptions): void {
  checkUnsupported('process', spec.process, UNSUPPORTED_PROCESS);
  checkUnsupported('linux', spec.linux, UNSUPPORTED_LINUX);
  checkUnsupported('', spec, ['hooks']);
  checkNamespaces(spec);
  checkSysctls(spec);
  checkPaths(spec, options);
  checkNames(spec);
  if (spec.process.args.length === 0) invalid('process.args is empty: there is no command');
  if (spec.process.args[0] === '') invalid('process.args[0] is empty: there is no command');
  if (spec.process.terminal === true && !spec.mounts?.some((mount) => mount.type === 'devpts')) {
    invalid('process.terminal needs a mount of type devpts');
  }
  if (spec.process.terminal === true && options.userNamespace === 'create') {
    unsupported('process.terminal together with a new user namespace');
  }
}

function checkUnsupported(place: string, value: object | undefined, names: readonly string[]): void {
  for (const name of names) {
    const field: unknown = value?.[name as keyof typeof value];
    if (isMeaningful(field)) unsupported(place === '' ? name : `${place}.${name}`);
  }
}

function isMeaningful(field: unknown): boolean {
  if (field === undefined || field === null || field === '') return false;
  return typeof field !== 'object' || Object.values(field).some(isMeaningful);
}

function checkNamespaces(spec: RuntimeSpec): void {
  for (const { type, path } of spec.linux?.namespaces ?? []) {
    if (!NAMESPACES.has(type)) unsupported(`a namespace of type ${type}`);
    if (path !== undefined && path !== '') unsupported(`joining the ${type} namespace ${path}`);
  }
  for (const needed of ['mount', 'pid']) {
    if (!hasNamespace(spec, needed)) unsupported(`a container without its own ${needed} namespace`);
  }
  if ((spec.hostname !== undefined || spec.domainname !== undefined) && !hasNamespace(spec, 'uts')) {
    invalid('hostname needs a namespace of type uts');
  }
}

/** Only what belongs to a namespace of the container: anything else would change the host. */
function checkSysctls(spec: RuntimeSpec): void {
  for (const name of Object.keys(spec.linux?.sysctl ?? {})) {
    if (!/^net(\.[a-z0-9_-]+)+$/.test(name)) unsupported(`the kernel parameter ${name}`);
    if (!hasNamespace(spec, 'network')) invalid(`linux.sysctl ${name} needs a namespace of type network`);
  }
}

function checkPaths(spec: RuntimeSpec, options: PlanOptions): void {
  const { overlay } = options;
  if (overlay !== undefined && overlay.merged !== spec.root.path) {
    invalid(`root.path is ${spec.root.path}, the overlay is mounted on ${overlay.merged}`);
  }
  const hostPaths = [spec.root.path, ...(overlay === undefined ? [] : [overlay.upper, overlay.work, ...overlay.lower])];
  const binds = (spec.mounts ?? []).filter((mount) => mount.type === 'bind').map((mount) => mount.source ?? '');
  for (const path of [...hostPaths, ...binds]) requireAbsolute(path);
  for (const { destination } of spec.mounts ?? []) requireClean(destination);
  for (const { path } of spec.linux?.devices ?? []) requireClean(path);
  requireClean(spec.process.cwd);
}

function requireAbsolute(path: string): void {
  if (!path.startsWith('/')) invalid(`path ${JSON.stringify(path)} is not absolute`);
  if (path.includes('\0')) invalid(`path ${JSON.stringify(path)} contains a zero byte`);
}

function requireClean(path: string): void {
  requireAbsolute(path);
  if (path.split('/').includes('..')) invalid(`path ${JSON.stringify(path)} contains ..`);
}

function checkNames(spec: RuntimeSpec): void {
  const { capabilities = {}, rlimits = [], args, env = [] } = spec.process;
  for (const name of Object.values(capabilities).flat()) {
    if (!CAPABILITIES.includes(name)) invalid(`capability ${name} is not known`);
  }
  for (const { type } of rlimits) {
    if (!RESOURCES.includes(type)) invalid(`resource limit ${type} is not known`);
  }
  for (const device of spec.linux?.devices ?? []) {
    if (!'cubp'.includes(device.type) || device.type.length !== 1) invalid(`device type ${device.type} is not known`);
  }
  if ([...args, ...env].some((text) => text.includes('\0'))) invalid('an argument or variable contains a zero byte');
}

function invalid(fact: string): never {
  throw new PlinthError<RuntimeErrorCode>(`plan container: ${fact}`, { code: 'runtime-spec-invalid' });
}

function unsupported(what: string): never {
  throw new PlinthError<RuntimeErrorCode>(`plan container: ${what} is not supported by the embedded runtime`, {
    code: 'runtime-spec-unsupported',
  });
}
