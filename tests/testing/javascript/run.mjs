// Prints, a line each, what the programs of `node run.mjs PROGRAM…` give: the value of their default export, or of `load`.
import { pathToFileURL } from "node:url";

for (const program of process.argv.slice(2)) {
  try {
    const loaded = await import(pathToFileURL(program));
    const given = [loaded.default, loaded.default?.default, loaded.load].find((each) => typeof each === "function");
    console.log(JSON.stringify(await given()));
  } catch (error) {
    console.log(String(error));
  }
}
