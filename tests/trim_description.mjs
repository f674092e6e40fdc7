// Takes out of an API description what a few paths need, and the examples of their answers: DESCRIPTION FOLDER.
import fs from "node:fs";
import path from "node:path";

const [description, folder] = process.argv.slice(2);
const whole = JSON.parse(fs.readFileSync(description, "utf8"));
const repository = "/repos/{owner}/{repo}";
const paths = {
  [`${repository}/pulls`]: ["get", "post"],
  [`${repository}/pulls/{pull_number}`]: ["get", "patch"],
  [`${repository}/labels`]: ["post"],
  [`${repository}/issues/{issue_number}/labels`]: ["post"],
  "/orgs/{org}/repos": ["get"],
  "/user": ["get"],
  "/user/repos": ["get"],
  "/users/{username}/repos": ["get"],
};

const trimmed = { openapi: whole.openapi, info: whole.info, servers: whole.servers, paths: {}, components: {} };
for (const [place, methods] of Object.entries(paths)) {
  trimmed.paths[place] = Object.fromEntries(methods.map((method) => [method, whole.paths[place][method]]));
}

// The words of the description take a bare array as well, and its schema forgot it.
const labels = trimmed.paths[`${repository}/issues/{issue_number}/labels`].post.requestBody.content["application/json"];
labels.schema.oneOf.push(labels.schema.oneOf[0].properties.labels);

const waiting = [trimmed.paths];
while (waiting.length > 0) {
  const node = waiting.pop();
  if (typeof node !== "object" || node === null) continue;
  if (typeof node.$ref === "string") {
    const [, , kind, name] = node.$ref.split("/");
    trimmed.components[kind] ??= {};
    if (!(name in trimmed.components[kind])) {
      trimmed.components[kind][name] = whole.components[kind][name];
      waiting.push(trimmed.components[kind][name]);
    }
  }
  waiting.push(...Object.values(node));
}

const examples = [
  "pull-request",
  "pull-request-items",
  "label",
  "minimal-repository-items",
  "repository-items-default-response",
  "private-user-response-with-public-and-private-profile-information",
];
const shown = Object.fromEntries(examples.map((name) => [name, whole.components.examples[name]?.value]));
fs.writeFileSync(path.join(folder, "github.json"), JSON.stringify(trimmed));
fs.writeFileSync(path.join(folder, "examples.json"), JSON.stringify(shown));
