import { describe, expect, it } from 'vitest';
import { DELIVERY_HOSTS, isAtHost } from './image-hosts.ts';

describe('isAtHost', () => {
  it.each([
    ['https://images.example.org/a.png', 'images.example.org'],
    ['https://images.example.org./a.png', 'images.example.org'],
    ['http://images.example.org/a.png', 'Images.Example.org'],
    ['https://a.example.org/', '*.example.org'],
    ['https://a.b.example.org/', '*.example.org'],
    ['https://images.example.org:8443/', 'images.example.org:8443'],
    ['https://images.example.org:8443/', '*.example.org:8443'],
    ['https://93.184.215.14/', '93.184.215.14'],
  ])('%s is at %s', (url, pattern) => {
    expect(isAtHost(new URL(url), [pattern])).toBe(true);
  });

  it.each([
    ['https://example.org/', '*.example.org'],
    ['https://badexample.org/', '*.example.org'],
    ['https://badexample.org/', 'example.org'],
    ['https://example.org.evil.test/', 'example.org'],
    ['https://example.org@evil.test/', 'example.org'],
    ['https://evil.test/?example.org', 'example.org'],
    ['https://images.example.org:8443/', 'images.example.org'],
    ['https://images.example.org/', 'images.example.org:8443'],
    ['http://images.example.org:443/', 'images.example.org'],
    ['https://.example.org/', '*.example.org'],
  ])('%s is not at %s', (url, pattern) => {
    expect(isAtHost(new URL(url), [pattern])).toBe(false);
  });

  it('knows the delivery hosts of the providers that name some', () => {
    const names = (provider: string, url: string) => isAtHost(new URL(url), DELIVERY_HOSTS[provider] ?? []);
    expect(names('fal', 'https://v3.fal.media/files/a.png')).toBe(true);
    expect(names('replicate', 'https://pbxt.replicate.delivery/a.png')).toBe(true);
    expect(names('black-forest-labs', 'https://delivery-eu1.bfl.ai/a.png')).toBe(true);
    expect(names('fal', 'https://fal.media.evil.test/a.png')).toBe(false);
  });
});
