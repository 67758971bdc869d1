import type { Session } from '../session.ts';
import type { Suggestions } from '../suggest.ts';

export interface CommandModule {
  /** Runs the command with the arguments after its name, to its exit code. */
  run(args: readonly string[], session: Session): Promise<number>;
  /** What can stand in place of the last of the words after its name. */
  suggest(words: readonly string[]): Promise<Suggestions>;
}

/** Every command; the code of one is loaded when it runs. */
export const commands: Readonly<
  Record<string, { usage: string; summary: string; load: () => Promise<CommandModule> }>
> = {
  task: { usage: '<kind> [options]', summary: 'run a task and print it', load: () => import('./task.ts') },
  health: {
    usage: '[options]',
    summary: 'which tools there are, and what they can do',
    load: () => import('./print_health.ts'),
  },
  files: {
    usage: '[prune] [options]',
    summary: 'list what tasks left in local storage, and clear it',
    load: () => import('./files.ts'),
  },
  connections: {
    usage: '<command> [options]',
    summary: 'keep the keys and addresses that s3:// is reached by',
    load: () => import('./connections.ts'),
  },
  completion: {
    usage: '<shell>',
    summary: 'print the completion script of a shell',
    load: () => import('./completion.ts'),
  },
};
