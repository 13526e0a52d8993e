/** Looks for a value in bytes, in each form in which it could have got there. */

/** Names of the forms in which the value is there: none, where it is not. */
export function formsIn(bytes: Uint8Array | string, value: string): readonly string[] {
  const exact = Buffer.from(bytes as string).toString('latin1');
  const lower = exact.toLowerCase();
  return [
    ...foldedFormsOf(value).filter(([, form]) => lower.includes(form)),
    ...exactFormsOf(value).filter(([, form]) => exact.includes(form)),
  ].map(([name]) => name);
}

type Form = readonly [name: string, text: string];

const latin1 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('latin1');

/** Those that say the same in capitals. */
function foldedFormsOf(value: string): readonly Form[] {
  const forms: readonly Form[] = [
    ['as it is', latin1(value)],
    ['in a URL', encodeURIComponent(value)],
    ['in a form', String(new URLSearchParams({ value })).slice('value='.length)],
    ['in JSON', latin1(JSON.stringify(value).slice(1, -1))],
    ['in hex', Buffer.from(value).toString('hex')],
    ['in UTF-16', Buffer.from(value, 'utf16le').toString('latin1')],
  ];
  return forms.map(([name, form]) => [name, form.toLowerCase()]);
}

/** Of the bytes before it depends how it begins: so there are three, without the characters that are shared with neighbours. */
function exactFormsOf(value: string): readonly Form[] {
  return [0, 1, 2].flatMap((offset): Form[] => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const [start, end] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (['base64', 'base64url'] as const).map((encoding) => [
      `in ${encoding}`,
      bytes.toString(encoding).slice(start, end),
    ]);
  });
}
