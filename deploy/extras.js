/**
 * Makes optional packages of ART into dependencies of the package.json in this folder, by group, so that npm installs
 * them with the versions of the lock file:
 *   node deploy/extras.js s3 traces && npm install --omit=dev
 */
import { readFileSync, writeFileSync } from 'node:fs';

const GROUPS = {
  // Images in an object store: --images s3://…
  s3: ['@aws-sdk/client-s3'],
  // Traces and metrics to an OpenTelemetry collector.
  traces: [
    '@ai-sdk/otel',
    '@opentelemetry/context-async-hooks',
    '@opentelemetry/exporter-metrics-otlp-proto',
    '@opentelemetry/exporter-trace-otlp-proto',
    '@opentelemetry/sdk-trace',
  ],
  // The judge nsfwjs; its weights are in the package.
  nsfwjs: ['nsfwjs', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  // Judges that are ONNX networks; their weights come from the Hugging Face Hub at first use.
  onnx: ['onnxruntime-node'],
};

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

for (const group of process.argv.slice(2)) {
  const packages = GROUPS[group];
  if (packages === undefined) {
    process.stderr.write(`There is no group ${group}; there is: ${Object.keys(GROUPS).join(', ')}\n`);
    process.exit(2);
  }
  for (const name of packages) {
    // In ART itself they are for tests: left there as well, `--omit=dev` would leave them out.
    manifest.dependencies[name] = manifest.devDependencies[name];
    delete manifest.devDependencies[name];
    process.stdout.write(`${name}@${manifest.dependencies[name]}\n`);
  }
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
