// The function, written as for AWS Lambda: it would run there as it is, behind an event source mapping with the same filter.
//
// It is called at least once for each change. What it does, it does once: the mail's key is the event's id, which is the same
// however often the change is delivered, and a mail that is there is not put again.

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';

// From any other status to shipped; changes that leave it shipped are not for this function.
export const filter = {
  eventName: ['MODIFY'],
  dynamodb: {
    OldImage: { status: { S: [{ 'anything-but': 'shipped' }] } },
    NewImage: { status: { S: ['shipped'] } },
  },
};

async function onShipped(client, { eventID, dynamodb: { NewImage } }) {
  const mail = { eventId: eventID, to: NewImage.customer.S, text: `Order ${NewImage.id.S} is on its way.` };
  try {
    await client.send(new PutCommand({ TableName: 'Mails', Item: mail, ConditionExpression: 'attribute_not_exists(eventId)' }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

// Of a change that fails, and those behind it, the number of the first is told: they are delivered again, what was done is not.
export const handlerOf = (client) => async (event) => {
  for (const record of event.Records) {
    try {
      await onShipped(client, record);
    } catch (error) {
      console.error(error);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};
