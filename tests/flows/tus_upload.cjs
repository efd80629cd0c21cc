// Deposits a file with npm's tus-js-client, unmodified. Standard input: {modules, endpoint, path, metadata, options};
// standard output: {url, retries}. Exit code 1 with the client's own words when it gives up.
const fs = require("node:fs");
const path = require("node:path");

const given = JSON.parse(fs.readFileSync(0, "utf8"));
const tus = require(path.join(given.modules, "tus-js-client"));
let retries = 0;
const upload = new tus.Upload(fs.createReadStream(given.path), {
  endpoint: given.endpoint,
  uploadSize: fs.statSync(given.path).size,
  metadata: given.metadata,
  onShouldRetry: (fault) => {
    retries += 1;
    const status = fault.originalResponse ? fault.originalResponse.getStatus() : 0;
    return status === 0 || status === 409 || status === 423 || status >= 500;
  },
  onError: (fault) => {
    process.stderr.write(`${fault}\n`);
    process.exit(1);
  },
  onSuccess: () => {
    process.stdout.write(JSON.stringify({ url: upload.url, retries }), () => process.exit(0));
  },
  ...given.options,
});
upload.start();
