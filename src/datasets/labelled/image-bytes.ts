/**
 * Whether bytes begin like a picture of a kind that judges decode: PNG, JPEG, GIF, WebP, TIFF, AVIF or HEIC.
 * What data name as an image may be any file, and judges may send it to a server.
 */
export function looksLikeImage(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.byteLength)).toString('latin1');
  return (
    ['\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*'].some((magic) =>
      head.startsWith(magic),
    ) ||
    /^RIFF[\s\S]{4}WEBP/.test(head) ||
    /^[\s\S]{4}ftyp(?:avi[fs]|hei[cx]|mif1|msf1)/.test(head)
  );
}
