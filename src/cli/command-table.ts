import type { Command } from './command.ts';

/** A command as the overview shows it; its file is loaded only to run it or to show its own help. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** Commands that belong together in the overview. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

/** Every command. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Make',
    commands: [
      {
        name: 'new',
        summary: 'List what build contexts can be made, or ask for one',
        load: () => import('./commands/new.ts'),
      },
      {
        name: 'new minios',
        summary: 'Make the build context of a system from nothing',
        load: () => import('./commands/new-minios.ts'),
      },
      {
        name: 'busybox build',
        summary: 'Build BusyBox from source, for any processor',
        load: () => import('./commands/busybox-build.ts'),
      },
      {
        name: 'new base',
        summary: 'Make the build context of a base image from a tar',
        load: () => import('./commands/new-base.ts'),
      },
      {
        name: 'new app',
        summary: 'Make the build context of a program and all it needs',
        load: () => import('./commands/new-app.ts'),
      },
      { name: 'build', summary: 'Build an image from a Dockerfile', load: () => import('./commands/build.ts') },
      {
        name: 'pack',
        summary: 'Pack programs and all they need into an image',
        load: () => import('./commands/pack.ts'),
      },
      {
        name: 'disk',
        summary: 'Write an ext4 disk of an image, a tar or a directory',
        load: () => import('./commands/disk.ts'),
      },
    ],
  },
  {
    title: 'Run',
    commands: [
      { name: 'run', summary: 'Run a command in a new container', load: () => import('./commands/run.ts') },
      { name: 'ps', summary: 'List containers', load: () => import('./commands/ps.ts') },
      { name: 'rm', summary: 'Remove containers', load: () => import('./commands/rm.ts') },
      {
        name: 'export',
        summary: "Write a container's file system as a tar",
        load: () => import('./commands/export.ts'),
      },
    ],
  },
  {
    title: 'Images',
    commands: [
      { name: 'images', summary: 'List images', load: () => import('./commands/images.ts') },
      { name: 'tag', summary: 'Give an image another name', load: () => import('./commands/tag.ts') },
      { name: 'rmi', summary: 'Remove images', load: () => import('./commands/rmi.ts') },
      { name: 'inspect', summary: 'Show images and containers in full', load: () => import('./commands/inspect.ts') },
      { name: 'history', summary: 'Show the steps that made an image', load: () => import('./commands/history.ts') },
      {
        name: 'du',
        summary: 'Show what takes space in an image, a tar or a directory',
        load: () => import('./commands/du.ts'),
      },
      {
        name: 'slim',
        summary: 'Leave out of an image what it can do without',
        load: () => import('./commands/slim.ts'),
      },
      { name: 'save', summary: 'Write images as an archive', load: () => import('./commands/save.ts') },
      { name: 'load', summary: 'Read images from an archive', load: () => import('./commands/load.ts') },
      {
        name: 'import',
        summary: 'Make an image of a root file system tar',
        load: () => import('./commands/import.ts'),
      },
    ],
  },
  {
    title: 'Store',
    commands: [
      { name: 'df', summary: 'Show what takes space in the store', load: () => import('./commands/df.ts') },
      { name: 'prune', summary: 'Remove what nothing uses from the store', load: () => import('./commands/prune.ts') },
      {
        name: 'verify',
        summary: 'Check everything in the store against its digests',
        load: () => import('./commands/verify.ts'),
      },
    ],
  },
  {
    title: 'Tools',
    commands: [
      {
        name: 'doctor',
        summary: 'Show what would keep an image from starting, and how to mend it',
        load: () => import('./commands/doctor.ts'),
      },
      { name: 'deps', summary: 'Show what programs need to start', load: () => import('./commands/deps.ts') },
      {
        name: 'dockerfile parse',
        summary: 'Print what a Dockerfile says, as JSON',
        load: () => import('./commands/dockerfile-parse.ts'),
      },
      {
        name: 'dockerfile expand',
        summary: 'Expand variables in words, as JSON',
        load: () => import('./commands/dockerfile-expand.ts'),
      },
      {
        name: 'version',
        summary: 'Show the version of Plinth and what it runs on',
        load: () => import('./commands/version.ts'),
      },
    ],
  },
];

/** All commands, in the order of the overview. */
export function commandEntries(): readonly CommandEntry[] {
  return commandGroups.flatMap((group) => group.commands);
}
