// Turns what a case file says into what is sent and expected.
//
// In texts, names of members included:
//   ${id} ${n}              the case's own key: 8 letters and digits (base64 of 6 bytes too); a number of 6 digits
//   ${token}                a client request token of 36 characters that nobody else uses
//   ${T}, ${arn:T}          the table that the file calls T: its name, its ARN
//   ${region}, ${account}   where the tables are
//   ${repeat:ab:3}          ababab
//   ${base64:a:3}           the base64 of aaa
//   ${i}, ${i:3}            inside $each: the number of the round from 0; at least 3 digits wide
// In lists and objects:
//   { "$times": 3, "$each": … }                    so many elements of the list, or members of the object they stand in
//   { "$times": 3, "$each": "…", "$join": ", " }   one text
//   { "$nested": 31, "$as": "L", "$inner": … }     an attribute value inside so many lists, or maps with the member "m"

const REPEATED = /\$\{(repeat|base64):([\s\S]*?):(\d+)\}/g;
const NAMED = /\$\{([^{}]*)\}/g;
const COUNT_MAX = 20 * 1024 * 1024;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// `facts` maps each name to its text.
export function expand(value, facts) {
  if (typeof value === 'string') return expandText(value, facts);
  if (Array.isArray(value)) return value.flatMap((one) => (isRounds(one) ? rounds(one, facts) : [expand(one, facts)]));
  if (!isObject(value)) return value;
  if ('$nested' in value) return nested(value, facts);
  if ('$join' in value) return rounds(value, facts).join(value.$join);
  const entries = [];
  for (const [name, one] of Object.entries(value)) {
    if (name === '$each' && '$times' in value) entries.push(...rounds(value, facts).flatMap(Object.entries));
    else if (name !== '$times') entries.push([expandText(name, facts), expand(one, facts)]);
  }
  // Not by assignment: a member may be called __proto__.
  return Object.fromEntries(entries);
}

const isRounds = (value) => isObject(value) && '$times' in value && '$each' in value && Object.keys(value).length === 2;

function must(holds, text) {
  if (!holds) throw new Error(text);
}

function rounds({ $times, $each }, facts) {
  must(Number.isInteger($times) && $each !== undefined, '$times is a number, and $each is what is made so often');
  return Array.from({ length: $times }, (_, i) => expand($each, { ...facts, i: String(i) }));
}

function nested({ $nested, $as, $inner }, facts) {
  must(Number.isInteger($nested) && ['L', 'M'].includes($as), '$nested is a number, $as is L or M');
  let value = expand($inner, facts);
  for (let i = 0; i < $nested; i++) value = $as === 'L' ? { L: [value] } : { M: { m: value } };
  return value;
}

function expandText(text, facts) {
  if (!text.includes('${')) return text;
  const named = (whole, name) => {
    const [, width] = name.match(/^i:(\d+)$/) ?? [];
    if (width && facts.i !== undefined) return facts.i.padStart(Number(width), '0');
    must(Object.hasOwn(facts, name), `${whole} is not known here`);
    return facts[name];
  };
  return text
    .split(REPEATED)
    .map((part, i, parts) => {
      if (i % 4 === 0) return part.replace(NAMED, named);
      if (i % 4 !== 1) return '';
      const count = Number(parts[i + 2]);
      must(count <= COUNT_MAX, `${count} times is too often`);
      const long = parts[i + 1].repeat(count);
      return part === 'base64' ? Buffer.from(long).toString('base64') : long;
    })
    .join('');
}
