// Emits TypeScript projects, and checks those in a folder `after`: `node compile.cjs NODE_MODULES PROJECT…`.
"use strict";
const path = require("node:path");
const [modules, ...projects] = process.argv.slice(2);
const ts = require(path.join(modules, "typescript"));
const read = new Map();

// Libraries are read once for all projects: nearly all of the time goes there.
function host(options) {
  const made = ts.createCompilerHost(options);
  const plain = made.getSourceFile.bind(made);
  made.getSourceFile = (name, how, ...rest) => {
    const key = `${name} ${JSON.stringify(how)}`;
    if (!read.has(key)) read.set(key, plain(name, how, ...rest));
    return read.get(key);
  };
  return made;
}

for (const project of projects) {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(project, "tsconfig.json"), {}, ts.sys);
  const options = { ...config.options, skipLibCheck: true, types: ["node"], strict: true };
  const program = ts.createProgram({ rootNames: config.fileNames, options, host: host(options) });
  const checked = project.includes("/after/") ? ts.getPreEmitDiagnostics(program) : [];
  for (const each of [...config.errors, ...checked]) {
    console.log(ts.formatDiagnostic(each, host(options)).trim());
  }
  if (!options.noEmit) {
    program.emit();
    continue;
  }
  // What a bundler makes: each module as the one that node can load.
  for (const name of config.fileNames) {
    const compilerOptions = { ...options, module: ts.ModuleKind.CommonJS, moduleResolution: undefined };
    const { outputText } = ts.transpileModule(ts.sys.readFile(name), { compilerOptions });
    ts.sys.writeFile(name.replace(/ts$/, "js"), outputText);
  }
}
