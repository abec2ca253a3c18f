// Text from elsewhere as it may be shown: nothing that takes over a terminal or hides in a line
// (PROTOCOL §16.3).
const HOSTILE = new RegExp('[\\0-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f' +
  '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb' +
  '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]', 'gu');

const hex = (code, digits) => code.toString(16).padStart(digits, '0');

/** JSON that JSON.stringify made, with the escapes of PROTOCOL §16.3. */
export function escapeJson(text) {
  return text.replace(HOSTILE, (one) => one.split('').map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join(''));
}

/** For people, on one line: what is hostile as \x1b or \u{200b}. */
export function shown(text) {
  return String(text).replace(HOSTILE, (one) => {
    const code = one.codePointAt(0);
    return code < 0x80 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });
}
