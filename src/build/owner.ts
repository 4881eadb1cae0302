import type { Tree } from '../tree/index.ts';
import type { Owner } from './layer-draft.ts';

/**
 * The owner that `--chown` or USER names: `user[:group]` by name, as the image's own account files have them, or by
 * number; a lone number is user and group.
 *
 * @throws PlinthError `user-unknown`
 */
export async function resolveOwner(text: string, tree: Tree): Promise<Owner> {
  const [, user, group = user] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  if (user !== undefined) return { uid: Number(user), gid: Number(group) };
  // Only here: the room of containers takes longer to load than most builds take.
  const { accountFiles, resolveAccount } = await import('../container/index.ts');
  const { uid, gid } = resolveAccount(accountFiles(tree), text);
  return { uid, gid };
}
