// Reads a stream as its consumers do, shard after shard, and picks out what a case has to do with.

const PAGES_MAX = 10_000;

async function must(send, operation, request) {
  const { status, body, text } = await send(operation, request);
  if (status !== 200) throw new Error(`${operation}: ${status} ${text.slice(0, 300)}`);
  return body;
}

// Parents come before their children.
async function shardsOf(StreamArn, send) {
  const shards = [];
  for (let ExclusiveStartShardId; ;) {
    const { StreamDescription } = await must(send, 'DescribeStream', { StreamArn, ExclusiveStartShardId });
    shards.push(...StreamDescription.Shards.map(({ ShardId }) => ShardId));
    ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
    if (!ExclusiveStartShardId) return shards;
  }
}

async function readShard(StreamArn, ShardId, send) {
  const records = [];
  let { ShardIterator } = await must(send, 'GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { Records, NextShardIterator } = await must(send, 'GetRecords', { ShardIterator });
    records.push(...Records);
    if (Records.length === 0 || !NextShardIterator) break;
    ShardIterator = NextShardIterator;
  }
  return records;
}

// What holds for every stream, whatever a case expects.
function check(records) {
  const numbers = records.map(({ dynamodb }) => BigInt(dynamodb.SequenceNumber));
  if (numbers.some((number, i) => i > 0 && number <= numbers[i - 1])) throw new Error(`sequence numbers do not rise: ${numbers}`);
}

// All records that there are now, in the order of their shards, and inside a shard in its own.
export async function readStream(arn, send) {
  const records = [];
  for (const shard of await shardsOf(arn, send)) {
    const its = await readShard(arn, shard, send);
    check(its);
    records.push(...its);
  }
  if (new Set(records.map(({ eventID }) => eventID)).size < records.length) throw new Error('two records have one eventID');
  return records;
}

// Those whose keys have the case's ${id} or ${n} in them.
export function ownRecords(records, { id, n }) {
  const isOwn = ({ dynamodb }) => [id, n].some((key) => JSON.stringify(dynamodb.Keys).includes(key));
  return records.filter(isOwn);
}

// What every record has need not be said.
function wholeRecord({ dynamodb, ...record }, { region }) {
  return {
    eventID: { $match: '^[0-9a-f]{32}$' },
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    ...record,
    dynamodb: {
      ApproximateCreationDateTime: { $any: 'number' },
      SequenceNumber: { $match: '^[0-9]{21,40}$' },
      ...dynamodb,
    },
  };
}

export function wholeRecords(expected, facts) {
  if (!Array.isArray(expected)) return { $unordered: wholeRecords(expected.$unordered, facts) };
  return expected.map((record) => wholeRecord(record, facts));
}
