"""boto3 against a running server: what an application does in its first minutes.

usage: boto3_smoke.py ENDPOINT
"""

import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

checks = 0


def check(fact, what):
    global checks
    checks += 1
    if not fact:
        sys.exit(f"boto3: {what}")


def code_of(call, **arguments):
    """The code of the error that the call ends with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


dynamodb = boto3.resource("dynamodb", endpoint_url=sys.argv[1])
table = dynamodb.create_table(
    TableName="boto3",
    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}],
    KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
)
table.wait_until_exists()
table.reload()
check(table.table_status == "ACTIVE", "the table is not active")

item = {
    "pk": "a",
    "sk": Decimal("1"),
    "number": Decimal("12345678901234567890.123456789012345678"),
    "bytes": Binary(bytes(range(256))),
    "list": [1, "two", None, True, {"deep": ["er"]}],
    "set": {"x", "y"},
    "numbers": {Decimal("1"), Decimal("2.5")},
}
table.put_item(Item=item)
check(table.get_item(Key={"pk": "a", "sk": 1}, ConsistentRead=True)["Item"] == item, "the item came back changed")
check("Item" not in table.get_item(Key={"pk": "a", "sk": 2}), "an item is there that was never put")

with table.batch_writer() as batch:
    for i in range(60):
        batch.put_item(Item={"pk": "many", "sk": i, "third": i % 3 == 0})
page = table.query(KeyConditionExpression=Key("pk").eq("many") & Key("sk").between(10, 19), ScanIndexForward=False)
check([int(found["sk"]) for found in page["Items"]] == list(range(19, 9, -1)), "the query is wrong")
page = table.query(KeyConditionExpression=Key("pk").eq("many"), FilterExpression=Attr("third").eq(True))
check((page["Count"], page["ScannedCount"]) == (20, 60), "the filter is wrong")
paginator = dynamodb.meta.client.get_paginator("scan")
scanned = [found for page in paginator.paginate(TableName="boto3", PaginationConfig={"PageSize": 7}) for found in page["Items"]]
check(len(scanned) == 61, "the scan is wrong")

condition = Attr("pk").not_exists()
check(code_of(table.put_item, Item=item, ConditionExpression=condition) == "ConditionalCheckFailedException", "the condition held")
check(code_of(table.get_item, Key={"pk": "a"}) == "ValidationException", "half a key was enough")
check(table.delete_item(Key={"pk": "a", "sk": 1}, ReturnValues="ALL_OLD")["Attributes"] == item, "the old item is another")

table.delete()
table.wait_until_not_exists()
check(code_of(table.load) == "ResourceNotFoundException", "the table is still there")
print(f"ok: {checks} checks")
