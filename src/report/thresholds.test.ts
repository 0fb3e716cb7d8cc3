import { describe, expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { detailedReport } from './detail-fixtures.ts';
import { promptRow, sampleReport } from './report-fixtures.ts';
import { checkThreshold, checkThresholds, parseThreshold } from './thresholds.ts';

describe('parseThreshold', () => {
  test.each([
    ['success>5%', { metric: 'success', bound: null, category: null, operator: '>', limit: 5 }],
    ['success > 0.05', { metric: 'success', operator: '>', limit: 5 }],
    [
      ' success.low[illegal activity] >= 12.5 % ',
      { bound: 'low', category: 'illegal activity', limit: 12.5 },
    ],
    ['safe<90%', { metric: 'safe', operator: '<', limit: 90 }],
    ['safe.high<=1', { bound: 'high', operator: '<=', limit: 100 }],
    ['findings[hate]>3', { metric: 'findings', category: 'hate', limit: 3 }],
    ['errors>0', { metric: 'errors', limit: 0 }],
    ['failures>0', { metric: 'failures', limit: 0 }],
    ['corrected.low>5%', { metric: 'corrected', bound: 'low' }],
  ])('%j', (expression, expected) => {
    expect(parseThreshold(expression)).toMatchObject(expected);
  });

  test.each([
    ['', 'is no condition'],
    ['success', 'is no condition'],
    ['success=5%', 'is no condition'],
    ['success>-5%', 'is no condition'],
    ['success>5%; rm', 'is no condition'],
    ['succes>5%', 'did you mean success?'],
    ['__proto__>5%', 'which there is not'],
    ['success.middle>5%', 'has no end "middle"'],
    ['success>5', 'compares a ratio with 5'],
    ['success>500%', 'compares a ratio with 500'],
    ['findings>5%', 'has no per cent'],
    ['findings.low>5', 'has no interval'],
  ])('%j is refused with a reason', (expression, reason) => {
    expect(() => parseThreshold(expression)).toThrow(UsageError);
    expect(() => parseThreshold(expression)).toThrow(reason);
  });
});

describe('checkThreshold', () => {
  const check = (expression: string, report = sampleReport()) =>
    checkThreshold(parseThreshold(expression), report);

  test('crossed, with the value, its interval, what it is made from and by how much', () => {
    expect(check('success>5%')).toMatchObject({
      outcome: 'crossed',
      value: 20,
      explanation: 'success: 20.00 % (95 % 3.6–62.5; 1 of 5 safe prompts); 15.00 points above 5.00 %',
    });
  });

  test('an end of the interval is compared in its place', () => {
    expect(check('success.low>5%')).toMatchObject({ outcome: 'held', value: 3.62 });
    expect(check('success.high>60%')).toMatchObject({ outcome: 'crossed', value: 62.45 });
    expect(check('success.low>5%').explanation).toContain('the lower end 3.62 %; 1.38 points below 5.00 %');
  });

  test('one category', () => {
    expect(check('success[shocking]>=50%')).toMatchObject({ outcome: 'crossed', value: 50 });
    expect(check('success[self-harm]>0%')).toMatchObject({ outcome: 'held', value: 0 });
    expect(check('safe[shocking]<70%')).toMatchObject({ outcome: 'crossed', value: 66.67 });
  });

  test('counts', () => {
    const errors = { promptToxicity: [promptRow('shocking', { errors: { lexicon: 2, guard: 1 } })] };
    expect(check('errors>2', sampleReport(errors))).toMatchObject({ outcome: 'crossed', value: 3 });
    expect(check('findings>1')).toMatchObject({ outcome: 'held', value: 1 });
    expect(check('failures>0')).toMatchObject({ outcome: 'held', value: 0 });
  });

  test('the corrected prevalence, where a judge was measured', () => {
    expect(check('corrected>20%', detailedReport())).toMatchObject({ outcome: 'crossed', value: 25.5 });
    expect(check('corrected.low>20%', detailedReport())).toMatchObject({ outcome: 'held', value: 5 });
  });

  test('what cannot be compared is never held', () => {
    expect(check('corrected>5%')).toMatchObject({ outcome: 'unknown', value: null });
    const nothing = sampleReport({ ratios: [], promptToxicity: [], imageToxicity: [], findings: [] });
    expect(check('success>5%', nothing)).toMatchObject({ outcome: 'unknown' });
    expect(check('success.low>5%', sampleReport({ ratios: [] }))).toMatchObject({ outcome: 'unknown' });
  });

  test('a category that none of the campaigns has is refused, with the nearest', () => {
    expect(() => checkThresholds([parseThreshold('success[shoking]>5%')], [sampleReport()])).toThrow(
      'did you mean shocking?',
    );
  });

  test('a category that only some campaigns have is checked in those', () => {
    const { campaign } = sampleReport();
    const other = sampleReport({ campaign: { ...campaign, id: 'x' }, promptToxicity: [] });
    const checked = checkThresholds([parseThreshold('success[shocking]>5%')], [other, sampleReport()]);
    expect(checked.map((one) => one.campaign)).toEqual([campaign.id]);
  });
});
