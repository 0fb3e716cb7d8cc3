import { Command } from 'commander';
import type { JudgeDefinition } from '../../../judges/judge-definition.ts';
import { JUDGES } from '../../../judges/registry.ts';
import { cutToWidth, wrapWords } from '../../../report/display-width.ts';
import { textTable } from '../../../report/text.ts';
import { stdoutStyle } from '../../text-style.ts';
import { needOf } from './judge-need.ts';

/** `art judges list`: every judge that a configuration can name. */
export function listCommand(): Command {
  return new Command('list')
    .summary('show every judge that a configuration can name')
    .description('Shows every judge that a configuration can name; says nothing of judges of your own.')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) => {
      if (json) {
        process.stdout.write(`${JSON.stringify(JUDGES.map(listed), null, 2)}\n`);
        return;
      }
      const style = stdoutStyle();
      const lines = [
        ...textTable(
          {
            title: 'Judges',
            columns: ['name', 'judges', 'paper', 'needs', 'model'],
            textColumns: 5,
            rows: [...byName()].map(([name, definitions]) => {
              const [first] = definitions;
              return [
                name,
                definitions.map(({ subject }) => `${subject}s`).join(', '),
                first?.facts.paper ?? '',
                first === undefined ? '' : needOf(first),
                modelOf(first, style.columns),
              ];
            }),
          },
          style,
        ),
        '',
        ...wrapWords(
          'More of one: art judges info <name>. Any classifier of the Hugging Face Hub is a judge as well: { name: my-judge, model: org/repo, safeLabels: [normal] }.',
          style.columns,
        ).map((line) => style.emphasise('note', line)),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

/** What the other columns take; the model gets what is left of the terminal. */
const OTHER_COLUMNS = 72;

/** The first of the models, without what is said of it; all of it where nobody counts columns. */
function modelOf(definition: JudgeDefinition | undefined, columns: number | undefined): string {
  const model = definition?.facts.model ?? '';
  if (columns === undefined) return model;
  return cutToWidth(model.replace(/(?:, meta-| \().*$/, ''), Math.max(12, columns - OTHER_COLUMNS));
}

/** Judges of both kinds stand in one row. */
function byName(): Map<string, JudgeDefinition[]> {
  return Map.groupBy<string, JudgeDefinition>(JUDGES, ({ name }) => name);
}

function listed(definition: JudgeDefinition) {
  const { name, subject, description, facts } = definition;
  return { name, subject, description, needs: needOf(definition), ...facts };
}
