// Bytes as people look at them: in hexadecimal beside their text, and as text where they are one.

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Lines of an offset, the bytes, and their ASCII; a dot stands for what has no sign. */
export function hexDump(bytes: Uint8Array, perLine: number): string {
  const lines: string[] = [];
  const digits = bytes.length > 0xffff ? 6 : 4;
  for (let at = 0; at < bytes.length; at += perLine) {
    const line = [...bytes.subarray(at, at + perLine)];
    const hex = line.map((byte, i) => (i > 0 && i % 8 === 0 ? ' ' : '') + byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(digits, '0')}  ${hex.padEnd(perLine * 3 - 1 + Math.ceil(perLine / 8) - 1)}  ${ascii}`);
  }
  return lines.join('\n');
}

/** The text the bytes are, JSON with its parts on lines of their own; null if they are none. */
export function textOf(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null; // not UTF-8
  }
  if (text === '' || /[\u0000-\u0008\u000e-\u001f\u007f]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // text, but not JSON
  }
}
