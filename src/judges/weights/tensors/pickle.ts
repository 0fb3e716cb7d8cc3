import { OPCODES } from './pickle-opcodes.ts';
import { PickleReader } from './pickle-reader.ts';
import { PickleFunction, PickleObject, type PickleWorld, type Unpickled } from './pickle-world.ts';
import { damaged, unreadable, unsafe } from './tensor-file-problem.ts';

const MOST_INSTRUCTIONS = 20_000_000;
const MOST_CONTAINERS = 1_000_000;

/**
 * Reads a Python pickle (protocols 0 to 5) without running anything of it: a pickle is a program for a
 * small stack machine, and this machine knows no functions but the given ones. The first other name
 * ends it. Instructions as in CPython's `Lib/pickletools.py`.
 *
 * @param start where the pickle begins in the bytes
 * @throws TensorFileProblem `WEIGHTS_UNSAFE` for a name that is not given, `WEIGHTS_DAMAGED` for a pickle
 *   that breaks off or makes no sense, `WEIGHTS_UNREADABLE` for what tensors have no need of
 */
export function unpickle(bytes: Uint8Array, world: PickleWorld, start = 0): Unpickled {
  const machine = new PickleMachine(new PickleReader(bytes, start), world);
  return machine.run();
}

class PickleMachine {
  readonly #reader: PickleReader;
  readonly #world: PickleWorld;
  readonly #stack: unknown[] = [];
  /** How high the stack was at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #containers = 0;

  constructor(reader: PickleReader, world: PickleWorld) {
    this.#reader = reader;
    this.#world = world;
  }

  run(): Unpickled {
    for (let instruction = 0; instruction < MOST_INSTRUCTIONS; instruction++) {
      const code = this.#reader.uint8();
      if (code === OPCODES.STOP) return { value: this.#pop(), end: this.#reader.position };
      if (!this.#primitive(code) && !this.#structure(code) && !this.#object(code)) {
        throw damaged(`The pickle has an instruction that there is not: ${code}.`);
      }
    }
    throw unreadable('The pickle is too long.');
  }

  /** Numbers, text, bytes. */
  #primitive(code: number): boolean {
    const reader = this.#reader;
    switch (code) {
      case OPCODES.NONE:
        return this.#push(null);
      case OPCODES.NEWTRUE:
        return this.#push(true);
      case OPCODES.NEWFALSE:
        return this.#push(false);
      case OPCODES.INT:
      case OPCODES.LONG:
        return this.#push(reader.decimalLine());
      case OPCODES.FLOAT:
        return this.#push(Number(reader.line()));
      case OPCODES.BININT:
        return this.#push(reader.int32());
      case OPCODES.BININT1:
        return this.#push(reader.uint8());
      case OPCODES.BININT2:
        return this.#push(reader.uint16());
      case OPCODES.LONG1:
        return this.#push(reader.long(reader.uint8()));
      case OPCODES.LONG4:
        return this.#push(reader.long(reader.uint32()));
      case OPCODES.BINFLOAT:
        return this.#push(reader.float64());
      case OPCODES.STRING:
        return this.#push(unquote(reader.line()));
      case OPCODES.UNICODE:
        return this.#push(reader.line());
      case OPCODES.SHORT_BINSTRING:
        return this.#push(reader.latin1(reader.uint8()));
      case OPCODES.BINSTRING:
        return this.#push(reader.latin1(reader.uint32()));
      case OPCODES.SHORT_BINUNICODE:
        return this.#push(reader.utf8(reader.uint8()));
      case OPCODES.BINUNICODE:
        return this.#push(reader.utf8(reader.uint32()));
      case OPCODES.BINUNICODE8:
        return this.#push(reader.utf8(reader.uint64()));
      case OPCODES.SHORT_BINBYTES:
        return this.#push(reader.bytes(reader.uint8()));
      case OPCODES.BINBYTES:
        return this.#push(reader.bytes(reader.uint32()));
      case OPCODES.BINBYTES8:
      case OPCODES.BYTEARRAY8:
        return this.#push(reader.bytes(reader.uint64()));
      default:
        return false;
    }
  }

  /** The stack, the memo, and what holds other things. */
  #structure(code: number): boolean {
    const reader = this.#reader;
    switch (code) {
      case OPCODES.PROTO:
        if (reader.uint8() > 5) throw unreadable('The pickle is of a protocol that came after 5.');
        return true;
      case OPCODES.FRAME:
        reader.uint64();
        return true;
      case OPCODES.READONLY_BUFFER:
        return true;
      case OPCODES.MARK:
        this.#marks.push(this.#stack.length);
        return true;
      case OPCODES.POP:
        // As in Python, a mark counts as something to be popped.
        if (this.#stack.length === (this.#marks.at(-1) ?? -1)) this.#marks.pop();
        else this.#pop();
        return true;
      case OPCODES.POP_MARK:
        this.#popMark();
        return true;
      case OPCODES.DUP:
        return this.#push(this.#top());
      case OPCODES.PUT:
        return this.#remember(Number(reader.decimalLine()));
      case OPCODES.BINPUT:
        return this.#remember(reader.uint8());
      case OPCODES.LONG_BINPUT:
        return this.#remember(reader.uint32());
      case OPCODES.MEMOIZE:
        return this.#remember(this.#memo.size);
      case OPCODES.GET:
        return this.#recall(Number(reader.decimalLine()));
      case OPCODES.BINGET:
        return this.#recall(reader.uint8());
      case OPCODES.LONG_BINGET:
        return this.#recall(reader.uint32());
      case OPCODES.EMPTY_TUPLE:
      case OPCODES.EMPTY_LIST:
        return this.#pushContainer([]);
      case OPCODES.TUPLE1:
        return this.#pushContainer(this.#popSome(1));
      case OPCODES.TUPLE2:
        return this.#pushContainer(this.#popSome(2));
      case OPCODES.TUPLE3:
        return this.#pushContainer(this.#popSome(3));
      case OPCODES.TUPLE:
      case OPCODES.LIST:
        return this.#pushContainer(this.#popMark());
      case OPCODES.APPEND:
        return this.#append(this.#popSome(1));
      case OPCODES.APPENDS:
        return this.#append(this.#popMark());
      case OPCODES.EMPTY_DICT:
        return this.#pushContainer(new Map());
      case OPCODES.DICT: {
        const items = this.#popMark();
        this.#pushContainer(new Map());
        return this.#setItems(items);
      }
      case OPCODES.SETITEM:
        return this.#setItems(this.#popSome(2));
      case OPCODES.SETITEMS:
        return this.#setItems(this.#popMark());
      case OPCODES.EMPTY_SET:
        return this.#pushContainer(new Set());
      case OPCODES.FROZENSET:
        return this.#pushContainer(new Set(this.#popMark()));
      case OPCODES.ADDITEMS: {
        const items = this.#popMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw damaged('The pickle adds to a set that is none.');
        for (const item of items) set.add(item);
        return true;
      }
      default:
        return false;
    }
  }

  /** Names, calls, and objects with a state. */
  #object(code: number): boolean {
    const reader = this.#reader;
    switch (code) {
      case OPCODES.GLOBAL:
        return this.#push(this.#global(reader.line(), reader.line()));
      case OPCODES.STACK_GLOBAL: {
        const [module, name] = this.#popSome(2);
        if (typeof module !== 'string' || typeof name !== 'string')
          throw damaged('The pickle names nothing.');
        return this.#push(this.#global(module, name));
      }
      case OPCODES.REDUCE:
      case OPCODES.NEWOBJ: {
        const [callee, args] = this.#popSome(2);
        return this.#call(callee, args);
      }
      case OPCODES.NEWOBJ_EX: {
        const [callee, args, named] = this.#popSome(3);
        if (!(named instanceof Map) || named.size > 0) throw unreadable('The pickle has named arguments.');
        return this.#call(callee, args);
      }
      case OPCODES.INST: {
        const callee = this.#global(reader.line(), reader.line());
        return this.#call(callee, this.#popMark());
      }
      case OPCODES.OBJ: {
        const [callee, ...args] = this.#popMark();
        return this.#call(callee, args);
      }
      case OPCODES.BUILD: {
        const state = this.#pop();
        const object = this.#top();
        // A dict may carry attributes, e.g. the version notes of a state_dict: of no matter here.
        if (object instanceof Map) return true;
        if (!(object instanceof PickleObject)) throw damaged('The pickle gives a state to what has none.');
        object.setState(state);
        return true;
      }
      case OPCODES.PERSID:
        return this.#persistent(reader.line());
      case OPCODES.BINPERSID:
        return this.#persistent(this.#pop());
      case OPCODES.EXT1:
      case OPCODES.EXT2:
      case OPCODES.EXT4:
        throw unreadable('The pickle uses an extension registry.');
      case OPCODES.NEXT_BUFFER:
        throw unreadable('The pickle keeps its numbers in another file.');
      default:
        return false;
    }
  }

  #global(module: string, name: string): unknown {
    const global = `${module}.${name}`;
    const known = this.#world.globals.get(global);
    if (known === undefined) throw unsafe(global);
    return known;
  }

  #call(callee: unknown, args: unknown): true {
    if (!(callee instanceof PickleFunction)) throw damaged('The pickle calls what is no function.');
    if (!Array.isArray(args)) throw damaged('The pickle calls a function without arguments.');
    return this.#pushContainer(callee.call(args));
  }

  #persistent(id: unknown): true {
    if (this.#world.persistent === undefined)
      throw unreadable('The pickle keeps its numbers outside itself.');
    return this.#pushContainer(this.#world.persistent(id));
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #pushContainer(value: unknown): true {
    this.#containers += 1;
    if (this.#containers > MOST_CONTAINERS) throw unreadable('The pickle holds too many things.');
    return this.#push(value);
  }

  #top(): unknown {
    this.#need(1);
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    this.#need(1);
    return this.#stack.pop();
  }

  #popSome(count: number): unknown[] {
    this.#need(count);
    return this.#stack.splice(-count);
  }

  #popMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged('The pickle goes back to a mark that it has not set.');
    return this.#stack.splice(mark);
  }

  #need(count: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count)
      throw damaged('The pickle takes what is not there.');
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): true {
    if (!this.#memo.has(index)) throw damaged('The pickle recalls what it has not remembered.');
    return this.#push(this.#memo.get(index));
  }

  #append(items: readonly unknown[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw damaged('The pickle appends to a list that is none.');
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: readonly unknown[]): true {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 === 1)
      throw damaged('The pickle fills a dict that is none.');
    for (let at = 0; at < items.length; at += 2) dict.set(items[at], items[at + 1]);
    return true;
  }
}

function unquote(text: string): string {
  const quote = text[0];
  const isQuoted = text.length >= 2 && (quote === "'" || quote === '"') && text.at(-1) === quote;
  if (!isQuoted) throw damaged('The pickle has a text without quotes.');
  if (text.includes('\\')) throw unreadable('The pickle has a text with escapes (protocol 0).');
  return text.slice(1, -1);
}
