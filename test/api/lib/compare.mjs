// Holds an expected JSON value against the one that came. Everything counts but the order of members and of sets; where
// the expectation leaves something open it says so with a wildcard:
//
//   { "$any": "string" }                 whatever is of this JSON type
//   { "$match": "^a+$" }                 a string that fits the regular expression
//   { "$unordered": [ … ] }              a list with these elements in any order
//   { "$every": … }                      a list with at least one element, all of which are like this
//   { "$one_of": [ … ] }                 one of several answers

const JSON_TYPES = new Set(['string', 'number', 'boolean', 'object', 'array', 'null']);
const SETS = new Set(['SS', 'NS', 'BS']);

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonType(value) {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

// The wildcard's name without its dollar sign, if this value is one.
function wildcardOf(value) {
  if (!isObject(value)) return undefined;
  const names = Object.keys(value);
  return names.length === 1 && names[0].startsWith('$') ? names[0].slice(1) : undefined;
}

const WILDCARDS = {
  any: (argument) => JSON_TYPES.has(argument) || `$any takes one of ${[...JSON_TYPES].join(', ')}`,
  match(argument) {
    try {
      return typeof argument === 'string' && Boolean(new RegExp(argument));
    } catch (error) {
      return error.message;
    }
  },
  unordered: Array.isArray,
  every: (argument) => argument !== undefined,
  one_of: (argument) => Array.isArray(argument) && argument.length > 1,
};

// What is wrong with an expectation as it is written, or undefined.
export function expectationFault(expected) {
  if (typeof expected !== 'object' || expected === null) return undefined;
  const wildcard = wildcardOf(expected);
  if (wildcard !== undefined) {
    const known = Object.hasOwn(WILDCARDS, wildcard) ? WILDCARDS[wildcard](expected[`$${wildcard}`]) : 'unknown wildcard';
    if (known !== true) return `$${wildcard}: ${known || 'wrong argument'}`;
  } else if (Object.keys(expected).some((name) => name.startsWith('$'))) {
    return `a wildcard stands alone: ${Object.keys(expected)}`;
  }
  return Object.values(expected).map(expectationFault).find(Boolean);
}

// The differences as { path, expected, actual }; none if the values agree. An absent value is undefined.
export function differences(expected, actual, path = '') {
  const wildcard = wildcardOf(expected);
  if (wildcard !== undefined) return wildcardDifferences(wildcard, expected, actual, path);
  if (Array.isArray(expected) && Array.isArray(actual)) return listDifferences(expected, actual, path);
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].flatMap((name) => memberDifferences(name, expected, actual, path));
  }
  return expected === actual ? [] : [{ path, expected, actual }];
}

function memberDifferences(name, expected, actual, path) {
  const [there, came] = [expected, actual].map((object) => (Object.hasOwn(object, name) ? object[name] : undefined));
  const inner = `${path}.${name}`;
  const isSet = SETS.has(name) && Array.isArray(there) && Array.isArray(came);
  return isSet ? unorderedDifferences(there, came, inner) : differences(there, came, inner);
}

function listDifferences(expected, actual, path) {
  const longest = Math.max(expected.length, actual.length);
  return Array.from({ length: longest }, (_, i) => differences(expected[i], actual[i], `${path}[${i}]`)).flat();
}

function wildcardDifferences(wildcard, expected, actual, path) {
  const argument = expected[`$${wildcard}`];
  const different = [{ path, expected, actual }];
  switch (wildcard) {
    case 'any':
      return jsonType(actual) === argument ? [] : different;
    case 'match':
      return typeof actual === 'string' && new RegExp(argument).test(actual) ? [] : different;
    case 'unordered':
      return Array.isArray(actual) ? unorderedDifferences(argument, actual, path) : different;
    case 'every':
      if (!Array.isArray(actual) || actual.length === 0) return different;
      return actual.flatMap((one, i) => differences(argument, one, `${path}[${i}]`));
    case 'one_of':
      return argument.some((one) => differences(one, actual).length === 0) ? [] : different;
    default:
      throw new Error(`unknown wildcard $${wildcard}`);
  }
}

// Pairs each expected element with one that came, all different; since a wildcard may fit several elements, an element
// already taken is given up if its taker finds another.
function unorderedDifferences(expected, actual, path) {
  const takenBy = new Array(actual.length).fill(-1);
  const fits = expected.map((one) => actual.map((other) => differences(one, other).length === 0));
  const takes = (i, tried) =>
    actual.some((_, j) => {
      if (!fits[i][j] || tried.has(j)) return false;
      tried.add(j);
      if (takenBy[j] !== -1 && !takes(takenBy[j], tried)) return false;
      takenBy[j] = i;
      return true;
    });
  const lonely = expected.filter((_, i) => !takes(i, new Set()));
  const surplus = actual.filter((_, j) => takenBy[j] === -1);
  return [
    ...lonely.map((one) => ({ path: `${path}[*]`, expected: one, actual: undefined })),
    ...surplus.map((one) => ({ path: `${path}[*]`, expected: undefined, actual: one })),
  ];
}
