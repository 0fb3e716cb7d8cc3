import { describe, expect, test } from 'vitest';
import { AddressNotPublic, isPublicAddress, lookupOf, publicAddressOf } from './public-address.ts';

describe('addresses of the public internet', () => {
  test.each([
    '93.184.216.34',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '192.0.1.1',
    '198.17.255.255',
    '198.20.0.1',
    '223.255.255.255',
    '2001:200::1',
    '2606:4700:4700::1111',
    '2A00:1450:4001:830::200E',
    '3ffe:ffff::1',
  ])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    // Of IPv4, the first and the last of each block.
    ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
    ...['127.0.0.1', '127.255.255.255', '169.254.0.0', '169.254.169.254', '172.16.0.0', '172.31.255.255'],
    ...['192.0.0.0', '192.0.0.255', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1'],
    ...['192.168.0.0', '192.168.255.255', '192.175.48.1', '198.18.0.0', '198.19.255.255', '198.51.100.1'],
    ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    // IPv4 in IPv6 clothes, whatever it is.
    ...['::127.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '0:0:0:0:0:ffff:a00:1'],
    ...['::ffff:0:8.8.8.8', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '64:ff9b:1:ffff::1'],
    ...['2002:7f00:1::', '2002:c0a8:101::1', '2002:808:808::1', '2001:0:4136:e378::1'],
    ...[
      '::',
      '::1',
      '100::1',
      '100:0:0:1::1',
      '2001::1',
      '2001:1::1',
      '2001:2::1',
      '2001:10::1',
      '2001:20::1',
    ],
    ...['2001:1ff:ffff::1', '2001:db8::1', '2001:DB8:ffff::1', '2620:4f:8000::1', '3fff::1', '3fff:fff::1'],
    ...['5f00::1', '5fff::1', '4000::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    ...['fec0::1', 'ff02::1', '2606:4700::1%eth0'],
    // No addresses.
    ...['example.com', '', '127.1', '0x7f.0.0.1', '1.1.1.1 ', '[::1]'],
  ])('%j is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the address of a host', () => {
  const { signal } = new AbortController();
  const outside = { address: '93.184.216.34', family: 4 };
  const inside = { address: '10.0.0.7', family: 4 };
  const resolving = (...found: readonly (typeof outside)[]) => ({ signal, resolve: async () => found });

  test('is the first of its name, or what is written there', async () => {
    expect(await publicAddressOf('example.com', resolving(outside))).toEqual(outside);
    expect(await publicAddressOf('[2606:4700::1]', { signal })).toEqual({
      address: '2606:4700::1',
      family: 6,
    });
    expect(await publicAddressOf('nas', { ...resolving(inside), allowPrivate: true })).toEqual(inside);
  });

  test.each([
    ['a name of an address inside', 'nas', [inside]],
    ['one with an address outside as well', 'trap.example', [outside, inside]],
    ['one without any', 'nobody.example', []],
    ['a number', '127.0.0.1', []],
    ['a number in brackets', '[::1]', []],
  ])('%s is refused', async (_what, host, found) => {
    await expect(publicAddressOf(host, resolving(...found))).rejects.toThrow(AddressNotPublic);
  });

  test('a resolver that says nothing is waited for no longer than the signal allows', async () => {
    const controller = new AbortController();
    const waiting = publicAddressOf('slow.example', {
      signal: controller.signal,
      resolve: () => new Promise(() => {}),
    });
    controller.abort(new Error('too long'));
    await expect(waiting).rejects.toThrow('too long');
    const late = publicAddressOf('slow.example', {
      signal: controller.signal,
      resolve: async () => Promise.reject(new Error('no such name')),
    });
    await expect(late).rejects.toThrow('too long');
  });

  test('is the only one that the connection knows', () => {
    const said: unknown[] = [];
    const lookup = lookupOf(outside);
    lookup('evil.example', { all: true }, (...all) => said.push(all));
    lookup('evil.example', {}, (...all) => said.push(all));
    expect(said).toEqual([
      [null, [outside]],
      [null, outside.address, 4],
    ]);
  });
});
