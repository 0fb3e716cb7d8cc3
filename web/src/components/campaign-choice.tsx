import { formatMoment, visibleText } from '../format/words.ts';
import { hashHref } from '../routing/hash-route.ts';
import { navigate, useRoute } from '../routing/use-route.ts';
import { useCampaign, useCampaigns } from '../sources/source-context.tsx';
import styles from './layout.module.css';

/** Which campaign is looked at, and which others there are. */
export function CampaignChoice() {
  const campaign = useCampaign();
  const campaigns = useCampaigns();
  const { segments } = useRoute();
  if (segments[0] === 'compare') return null;
  if (campaigns.length < 2) {
    return (
      <p className={styles.campaign}>
        <bdi>{visibleText(campaign.name)}</bdi>
        <span>{formatMoment(campaign.createdAt)}</span>
      </p>
    );
  }
  // A conversation of one campaign is not one of another: then the choice leads to the list.
  const page = segments.slice(0, 1);
  return (
    <p className={styles.campaign}>
      <label htmlFor="campaign">Campaign</label>
      <select
        id="campaign"
        value={campaign.id}
        onChange={({ target }) => navigate(hashHref(page, { campaign: target.value }))}
      >
        {campaigns.map(({ id, name, createdAt }) => (
          <option key={id} value={id}>
            {visibleText(name)} · {formatMoment(createdAt)}
          </option>
        ))}
      </select>
    </p>
  );
}
