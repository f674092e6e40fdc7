// Walks through a secret's life with AWS's SDK for JavaScript and prints what it saw as JSON.
// Arguments: the folder that holds the SDK, the endpoint, the name of the secret. Credentials come from the environment.
"use strict";
const { createRequire } = require("node:module");
const [folder, endpoint, name] = process.argv.slice(2);
const sdk = createRequire(folder + "/")("@aws-sdk/client-secrets-manager");
const client = new sdk.SecretsManagerClient({ endpoint, maxAttempts: 1 });
const call = (operation, input) => client.send(new sdk[operation + "Command"](input));

async function refusal(operation, input) {
  try {
    await call(operation, input);
    return null;
  } catch (error) {
    return { name: error.name, message: error.message, known: error instanceof (sdk[error.name] ?? Array) };
  }
}

async function walk() {
  const seen = {};
  const made = await call("CreateSecret", { Name: name, SecretString: "one", Tags: [{ Key: "a", Value: "b" }] });
  seen.made = made.Name;
  await call("PutSecretValue", { SecretId: name, SecretBinary: new Uint8Array([255, 0]) });
  seen.binary = Array.from((await call("GetSecretValue", { SecretId: name })).SecretBinary);
  const previous = await call("GetSecretValue", { SecretId: name, VersionStage: "AWSPREVIOUS" });
  seen.previous = previous.SecretString;
  seen.isDate = previous.CreatedDate instanceof Date;
  await call("TagResource", { SecretId: name, Tags: [{ Key: "c", Value: "d" }] });
  await call("UntagResource", { SecretId: name, TagKeys: ["a"] });
  seen.tags = (await call("DescribeSecret", { SecretId: name })).Tags;
  const batch = await call("BatchGetSecretValue", { SecretIdList: [name, name + "/absent"] });
  seen.batch = [batch.SecretValues.length, batch.Errors.map((each) => each.ErrorCode)];
  seen.policy = (await call("GetResourcePolicy", { SecretId: name })).ResourcePolicy ?? null;
  const pages = sdk.paginateListSecrets({ client, pageSize: 1 }, { Filters: [{ Key: "name", Values: [name] }] });
  seen.listed = [];
  for await (const page of pages) seen.listed.push(...page.SecretList.map((each) => each.Name));
  seen.exists = await refusal("CreateSecret", { Name: name });
  seen.absent = await refusal("GetSecretValue", { SecretId: name + "/absent" });
  await call("DeleteSecret", { SecretId: name, ForceDeleteWithoutRecovery: true });
  console.log(JSON.stringify(seen));
}

walk().catch((error) => {
  console.error(error);
  process.exit(1);
});
