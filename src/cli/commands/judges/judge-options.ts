import { z } from 'zod';

/** An option of a judge, for people. */
export interface JudgeOption {
  /** `threshold`, or `clip.model` of an option within an option. */
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** Absent where there is none. */
  readonly default?: unknown;
  readonly required: boolean;
}

const nodeSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
type Node = z.output<typeof nodeSchema>;

/**
 * The options of a judge as its schema describes them; those of an option that is an object come after it.
 *
 * @param schema a judge's `optionsSchema`
 */
export function judgeOptions(schema: z.ZodObject): JudgeOption[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return optionsBelow(nodeOf(json), '');
}

function optionsBelow({ properties = {}, required = [] }: Node, prefix: string): JudgeOption[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    const node = nodeOf(value);
    const name = `${prefix}${key}`;
    const own: JudgeOption = {
      name,
      type: typeOf(node),
      description: node.description ?? '',
      ...(node.default === undefined || node.properties !== undefined ? {} : { default: node.default }),
      required: required.includes(key),
    };
    return [own, ...(node.properties === undefined ? [] : optionsBelow(node, `${name}.`))];
  });
}

function nodeOf(value: unknown): Node {
  const parsed = nodeSchema.safeParse(value);
  return parsed.success ? parsed.data : {};
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map(String).join(' | ');
  if (node.const !== undefined) return String(node.const);
  if (node.anyOf !== undefined) {
    return [...new Set(node.anyOf.map((one) => typeOf(nodeOf(one))))].join(' | ');
  }
  if (node.type === 'array')
    return node.items === undefined ? 'list' : `list of ${typeOf(nodeOf(node.items))}`;
  const { type } = node;
  const plain: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true | false',
    integer: 'whole number',
  };
  return typeof type === 'string' ? (plain[type] ?? type) : 'anything';
}
