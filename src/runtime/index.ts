export { attachTerminal, type LocalTerminal } from './attach-terminal.ts';
export { type CompiledPlan, compilePlan } from './compile-plan.ts';
export type { Container, ContainerExit } from './container-process.ts';
export { type ContainerDefaults, DEFAULT_CAPABILITIES, defaultSpec } from './default-spec.ts';
export { enterUserNamespace, type UserNamespaceOptions } from './enter-user-namespace.ts';
export { formatPlan } from './format-plan.ts';
export { type IdMaps, type IdOwner, type IdRange, subordinateIds } from './id-maps.ts';
export { type NamespaceProblem, type NamespaceSupport, namespaceSupport } from './namespace-support.ts';
export type { ContainerStreams } from './open-streams.ts';
export { type CommandPlan, type Plan, type PlanOptions, planContainer } from './plan.ts';
export type { OverlaySpec } from './plan-root.ts';
export { type LocalStreams, relayStreams } from './relay-streams.ts';
export { type RuntimeErrorCode, runtimeErrors } from './runtime-error.ts';
export { defaultSeccomp } from './seccomp-policy.ts';
export type {
  CapabilitiesSpec,
  DeviceSpec,
  LinuxSpec,
  MountSpec,
  ProcessSpec,
  RlimitSpec,
  RuntimeSpec,
  SeccompCondition,
  SeccompRule,
  SeccompSpec,
  UserSpec,
} from './spec.ts';
export { hostMachine, planStart, type StartOptions, type StreamMode, startContainer } from './start-container.ts';
export type { Argument, Step } from './step.ts';
