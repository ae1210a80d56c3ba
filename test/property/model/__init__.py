"""What DynamoDB does with items, as plainly as Python can say it. Written from the documentation and from what was observed
of DynamoDB, without looking at Stator's code: README.md of the folder above tells why that matters."""
