import { LibvirtTimeout } from './libvirt-errors.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { DomainRef } from './xdr-objects.ts';

export type Screenshot = { readonly mimeType: string; readonly image: Buffer };

export type ScreenshotSettings = { readonly screen?: number; readonly maxBytes?: number };

const PICTURE_MS = 60_000;
const MOST_BYTES = 64 * 1_024 * 1_024;

/**
 * One picture of a screen, PNG or PPM as the hypervisor gives it; refused beyond `maxBytes`. The deadline counts for the picture
 * too, not only for the answer to the call.
 */
export async function takeScreenshot(
  caller: LibvirtCaller,
  { dom, screen = 0, maxBytes = MOST_BYTES }: ScreenshotSettings & { readonly dom: DomainRef },
  options: CallOptions = {},
): Promise<Screenshot> {
  const { deadlineMs = PICTURE_MS } = options;
  const { result, stream } = await caller.openStream('domainScreenshot', { dom, screen, flags: 0 }, options);
  const tooLate = (): void => void stream.destroy(new LibvirtTimeout('DOMAIN_SCREENSHOT', deadlineMs));
  const late = setTimeout(tooLate, deadlineMs);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) throw new RangeError(`The screenshot is larger than ${maxBytes} bytes.`);
      parts.push(part);
    }
  } finally {
    clearTimeout(late);
  }
  return { mimeType: result.mime ?? 'application/octet-stream', image: Buffer.concat(parts) };
}
