import { drizzle } from 'drizzle-orm/node-postgres';
import { Client } from 'pg';
import { z } from 'zod';
import type { Database } from '../../src/store/open-store.ts';

/** A statement as it is sent. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** How PostgreSQL has carried out a statement. */
export interface Plan {
  readonly statement: string;
  /** Indexes that were read, or that decide whether a row is there already. */
  readonly indexes: readonly string[];
  /** Tables that were read from end to end, with how many rows were looked at. */
  readonly scanned: readonly { readonly table: string; readonly rows: number }[];
  readonly milliseconds: number;
  /** Pages of 8 KB that were read, from memory or not. */
  readonly pages: number;
}

const planNode = z.looseObject({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Conflict Arbiter Indexes': z.array(z.string()).optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  'Shared Hit Blocks': z.number().optional(),
  'Shared Read Blocks': z.number().optional(),
  get Plans() {
    return z.array(planNode).optional();
  },
});
type PlanNode = z.output<typeof planNode>;

const explained = z
  .array(z.looseObject({ Plan: planNode, 'Execution Time': z.number(), 'Planning Time': z.number() }))
  .length(1);

/** Explains statements on a PostgreSQL server, each as it is carried out; nothing that they write stays. */
export class PlanReader {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<PlanReader> {
    const client = new Client({ connectionString: databaseUrl });
    // What breaks is told by the statement that it breaks.
    client.on('error', () => undefined);
    await client.connect();
    return new PlanReader(client);
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  /** Carries out a statement. */
  query({ text, values }: Statement): Promise<{ rows: Record<string, unknown>[] }> {
    return values.length === 0 ? this.#client.query(text) : this.#client.query(text, [...values]);
  }

  /** The statements that some code sends. */
  async statementsOf(work: (database: Database) => Promise<unknown>): Promise<Statement[]> {
    const statements: Statement[] = [];
    await this.#rolledBack(async (client) => {
      await work(
        drizzle(client, { logger: { logQuery: (text, values) => statements.push({ text, values }) } }),
      );
    });
    return statements;
  }

  explain({ text, values }: Statement): Promise<Plan> {
    return this.#rolledBack(async (client) => {
      const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [...values]);
      const [{ Plan: root, 'Execution Time': execution, 'Planning Time': planning }] = z
        .tuple([explained.element])
        .parse(rows[0]?.['QUERY PLAN']);
      const nodes = nodesOf(root);
      return {
        statement: text,
        indexes: [
          ...new Set(
            nodes.flatMap((node) =>
              [node['Index Name'] ?? [], node['Conflict Arbiter Indexes'] ?? []].flat(),
            ),
          ),
        ].sort(),
        scanned: nodes
          .filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0)
          .map((node) => ({
            table: node['Relation Name'] ?? '',
            rows: (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
          })),
        milliseconds: execution + planning,
        pages: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
      };
    });
  }

  async #rolledBack<T>(work: (client: Client) => Promise<T>): Promise<T> {
    await this.#client.query('begin');
    try {
      return await work(this.#client);
    } finally {
      await this.#client.query('rollback');
    }
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
