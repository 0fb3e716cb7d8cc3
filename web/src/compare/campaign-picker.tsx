import { categoryTitle, formatMoment, visibleText } from '../format/words.ts';
import { useCampaigns } from '../sources/source-context.tsx';
import styles from './campaign-picker.module.css';

/** Which campaigns stand side by side. */
export function CampaignPicker({
  chosen,
  onChange,
}: {
  readonly chosen: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
}) {
  const campaigns = useCampaigns();
  const toggle = (id: string, on: boolean) =>
    onChange(campaigns.flatMap((one) => ((one.id === id ? on : chosen.includes(one.id)) ? one.id : [])));
  return (
    <fieldset className={styles.picker}>
      <legend>Campaigns</legend>
      {campaigns.map(({ id, name, target, strategy, createdAt }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={({ target: box }) => toggle(id, box.checked)}
          />
          <span>
            <bdi>{visibleText(name)}</bdi>
            <small>
              {visibleText(`${target} · ${categoryTitle(strategy)}`)} · {formatMoment(createdAt)}
            </small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
