import type { ByteString } from '../bytes/index.ts';
import type { Node } from '../tree/index.ts';
import { type Dependency, type LoadingObject, loadingObject } from './loaded-object.ts';
import { type BrokenLibrary, Search, type SearchContext, type SearchOutcome } from './search.ts';
import { searchGlibc } from './search-glibc.ts';
import { isMuslItself, searchMusl } from './search-musl.ts';

/** More than any program loads; the files of a root file system bound it further. */
const OBJECT_LIMIT = 8192;

/** A library at which the loader gives up. */
export interface BrokenDependency {
  readonly by: LoadingObject;
  readonly name: ByteString;
  readonly broken: BrokenLibrary;
}

/** The objects of one program, each loaded once, breadth first, as its loader does it. */
export class Namespace {
  readonly context: SearchContext;
  readonly objects: LoadingObject[] = [];
  readonly broken: BrokenDependency[] = [];
  readonly #loader: LoadingObject | undefined;
  readonly #byNode = new Map<Node, LoadingObject>();
  readonly #byName = new Map<ByteString, LoadingObject>();
  /** The first object with each soname. */
  readonly #bySoname = new Map<ByteString, LoadingObject>();

  constructor(context: SearchContext, loader: LoadingObject | undefined) {
    this.context = context;
    this.#loader = loader;
    this.#add(context.main);
    if (loader !== undefined) this.#add(loader);
  }

  /** Loads what `names` name for `by`, and all that these need. Gives the objects that came in by that. */
  load(names: readonly WantedLibrary[], by: LoadingObject): LoadingObject[] {
    const first = this.objects.length;
    for (const wanted of names) this.#need(wanted, by);
    for (let index = first; index < this.objects.length; index++) this.#loadNeeded(this.objects[index]);
    return this.objects.slice(first);
  }

  /** Loads all that the program needs; `preload` comes first. */
  loadProgram(preload: readonly ByteString[]): void {
    for (const name of preload) this.#need({ name, optional: true }, this.context.main);
    for (let index = 0; index < this.objects.length; index++) this.#loadNeeded(this.objects[index]);
  }

  /** The loaded object that `name` means. */
  find(name: ByteString): LoadingObject | undefined {
    if (this.context.loader.flavour === 'musl') {
      return isMuslItself(name) ? this.#loader : this.#byName.get(name);
    }
    return this.#byName.get(name) ?? this.#bySoname.get(name);
  }

  #loadNeeded(object: LoadingObject | undefined): void {
    if (object === undefined || object.role === 'loader') return;
    const need = (name: ByteString, optional: boolean): unknown =>
      object.needed.push(this.#need({ name, optional }, object));
    for (const name of object.elf.needed) need(name, false);
    if (this.context.loader.flavour === 'musl') return;
    for (const name of object.elf.filters) need(name, false);
    for (const name of object.elf.auxiliaries) need(name, true);
  }

  #need({ name, optional }: WantedLibrary, by: LoadingObject): Dependency {
    const loaded = this.find(name);
    if (loaded !== undefined) {
      return this.context.dependencies.loaded(name, loaded, optional);
    }
    const search = new Search(name, this.context);
    const outcome = this.context.loader.flavour === 'musl' ? searchMusl(search, by) : searchGlibc(search, by);
    if (outcome.kind === 'broken') this.broken.push({ by, name, broken: outcome });
    return this.#take(search, outcome, { by, optional });
  }

  #take(search: Search, outcome: SearchOutcome, { by, optional }: Wanting): Dependency {
    const { name, passedOver, searched } = search;
    if (outcome.kind !== 'found') return { name, reason: 'not-found', optional, searched, passedOver };
    const { file, elf, reason } = outcome;
    // Another name of a file that is loaded already, by a link or a hard link, is no second object.
    const known = this.#byNode.get(file.node);
    const object = known ?? loadingObject('library', file, { elf, loadedBy: by });
    this.#byName.set(name, object);
    if (known === undefined) this.#add(object);
    return this.context.dependencies.found(name, file, { reason, optional, passedOver });
  }

  #add(object: LoadingObject): void {
    if (this.objects.length >= OBJECT_LIMIT) return;
    this.objects.push(object);
    this.#byNode.set(object.file.node, object);
    // musl knows by name only what a search has found under that name.
    this.#byName.set(object.path, object);
    const { soname } = object.elf;
    if (soname !== undefined && !this.#bySoname.has(soname)) this.#bySoname.set(soname, object);
  }
}

/** A library by its name. */
export interface WantedLibrary {
  readonly name: ByteString;
  readonly optional: boolean;
}

interface Wanting {
  readonly by: LoadingObject;
  readonly optional: boolean;
}
