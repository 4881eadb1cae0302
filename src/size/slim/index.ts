export { proposeSlim, type SlimClassProposal, type SlimOptions, type SlimProposal } from './propose.ts';
export { parseSlimClass, SLIM_CLASSES, type SlimClass, type SlimClassName } from './slim-class.ts';
export { slimTree } from './slim-tree.ts';
export { survivingTrees } from './surviving-trees.ts';
