import type { CopyInstruction, Instruction, RunInstruction } from '../dockerfile/index.ts';
import { formatCommand, formatHealthcheck, formatPairs } from './created-by.ts';
import type { ImageDraft } from './image-draft.ts';

/** The instructions that only change the image's configuration. */
export type ConfigInstruction = Exclude<
  Instruction,
  RunInstruction | CopyInstruction | { readonly kind: 'from' | 'arg' | 'workdir' }
>;

/** Does what `instruction`, expanded, says; returns it as the history shows it. */
export function configureImage(image: ImageDraft, instruction: ConfigInstruction): string {
  switch (instruction.kind) {
    case 'env':
      image.setEnv(instruction.values);
      return `ENV ${formatPairs(instruction.values)}`;
    case 'label':
      image.setLabels(instruction.values);
      return `LABEL ${formatPairs(instruction.values)}`;
    case 'cmd':
      image.setCommand(instruction.command);
      return `CMD ${formatCommand(image.commandLine(instruction.command))}`;
    case 'entrypoint':
      image.setEntrypoint(instruction.command);
      return `ENTRYPOINT ${formatCommand(image.commandLine(instruction.command))}`;
    case 'shell':
      image.setShell(instruction.args);
      return `SHELL ${formatCommand(instruction.args)}`;
    case 'user':
      image.setUser(instruction.user);
      return `USER ${instruction.user}`;
    case 'volume':
      image.addVolumes(instruction.paths);
      return `VOLUME [${instruction.paths.join(' ')}]`;
    case 'expose':
      image.addPorts(instruction.ports);
      return `EXPOSE [${instruction.ports.join(' ')}]`;
    case 'stopsignal':
      image.setStopSignal(instruction.signal);
      return `STOPSIGNAL ${instruction.signal}`;
    case 'healthcheck':
      image.setHealthcheck(instruction);
      return `HEALTHCHECK ${formatHealthcheck(instruction)}`;
    case 'onbuild':
      image.addTrigger(instruction.trigger);
      return `ONBUILD ${instruction.trigger}`;
    case 'maintainer':
      image.author = instruction.name;
      return `MAINTAINER ${instruction.name}`;
  }
}
