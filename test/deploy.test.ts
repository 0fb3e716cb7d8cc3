import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createProgram } from '../src/cli/program.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { isSecretKey, looksLikeSecret } from '../src/config/secrets.ts';
import { KNOWN_NAMES } from '../src/red-team.ts';
import { serveWorkerStatus } from '../src/server/worker-server.ts';
import { ART_VERSION } from '../src/version.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEPLOY = join(ROOT, 'deploy');
/** Where a worker in a container serves its status. */
const PORT = 9464;

const read = (...path: string[]) => readFileSync(join(DEPLOY, ...path), 'utf8');

function documentsOf(path: string): unknown[] {
  return parseAllDocuments(readFileSync(path, 'utf8'), { merge: true }).map((document) => {
    expect([path, document.errors]).toEqual([path, []]);
    return document.toJS();
  });
}

/** Every file below `deploy/` that git would take. */
const FILES = readdirSync(DEPLOY, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/\/(secrets\/[^/]+\.env|models\/[^.])/.test(path));
const YAML_FILES = FILES.filter((path) => path.endsWith('.yaml'));

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  env_file: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
});
const compose = z
  .looseObject({
    services: z.record(z.string(), serviceSchema),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(documentsOf(join(DEPLOY, 'compose.yaml'))[0]);

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })).default([]),
  resources: z.object({ requests: z.looseObject({}), limits: z.looseObject({ memory: z.string() }) }),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
});
const labelsSchema = z.record(z.string(), z.string());
const podSchema = z.looseObject({
  metadata: z.looseObject({ labels: labelsSchema, annotations: labelsSchema.default({}) }),
  spec: z.looseObject({
    automountServiceAccountToken: z.literal(false),
    securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.int().positive() }),
    containers: z.tuple([containerSchema]),
    terminationGracePeriodSeconds: z.int().optional(),
  }),
});

const manifests = YAML_FILES.filter((path) => path.includes('/kubernetes/')).flatMap((path) =>
  documentsOf(path).map((document) => ({ path, document })),
);
/** Whatever makes pods, with its selector. */
const workloads = manifests.flatMap(({ path, document }) => {
  const { kind } = z.looseObject({ kind: z.string().default('') }).parse(document);
  if (!['Deployment', 'StatefulSet', 'Job'].includes(kind)) return [];
  const { spec } = z
    .looseObject({
      spec: z.looseObject({
        template: podSchema,
        selector: z.object({ matchLabels: labelsSchema }).optional(),
      }),
    })
    .parse(document);
  return [{ path, kind, selector: spec.selector?.matchLabels, pod: spec.template }];
});

/** Everything that runs `art`: where, and with which arguments. */
const dockerfile = read('Dockerfile');
const dockerCommand = z.array(z.string()).parse(JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? ''));
const ART_IMAGE = new RegExp(`^art(:${ART_VERSION.replaceAll('.', '\\.')})?$`);
const commands: readonly (readonly [string, readonly string[]])[] = [
  ['Dockerfile', dockerCommand],
  ...Object.entries(compose.services).flatMap(([name, { image, command, entrypoint }]) =>
    image !== undefined && ART_IMAGE.test(image) && entrypoint === undefined
      ? [[`compose.yaml: ${name}`, command ?? dockerCommand] as const]
      : [],
  ),
  ...workloads.flatMap(({ path, pod }) =>
    pod.spec.containers
      .filter(({ image, command }) => ART_IMAGE.test(image) && command.length === 0)
      .map(({ args }) => [basename(path), args] as const),
  ),
];

/** Parses arguments as `art` does, without doing anything. */
async function parse(args: readonly string[]): Promise<Record<string, unknown>> {
  const [name] = args;
  const program = await createProgram(name);
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`There is no command ${name}.`);
  let parsed: Record<string, unknown> | undefined;
  command.action((...given: unknown[]) => {
    const last = given.at(-1);
    if (isCommand(last)) parsed = last.opts();
  });
  await program.parseAsync(args, { from: 'user' });
  if (parsed === undefined) throw new Error(`${name} was not run.`);
  return parsed;
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'opts' in value;
}

describe('what the manifests run', () => {
  it('is there', () => {
    expect(commands.map(([where]) => where)).toEqual([
      'Dockerfile',
      'compose.yaml: worker',
      'compose.yaml: run',
      'worker.yaml',
      'job.yaml',
    ]);
  });

  it.each(commands)('%s: every command and flag is one of art', async (_, args) => {
    const options = await parse(args);
    if (args[0] !== 'worker') return;
    expect(options).toMatchObject({ host: '0.0.0.0', port: PORT, log: 'json' });
  });

  it('finds database and images in the environment', async () => {
    const program = await createProgram('worker');
    const variables = program.commands[0]?.options.map(({ envVar }) => envVar);
    expect(variables).toEqual(expect.arrayContaining(['ART_DATABASE', 'ART_IMAGES']));
    expect(read('secrets', 'art.env.example')).toContain('ART_DATABASE=');
  });
});

describe('probes', () => {
  it('ask the port that the worker serves, for what it serves there', async () => {
    const worker = workloads.find(({ path }) => path.endsWith('worker.yaml'));
    expect(worker?.pod.spec.containers[0].ports).toEqual([{ name: 'status', containerPort: PORT }]);
    expect(dockerfile).toContain(`EXPOSE ${PORT}\n`);
    expect(worker?.pod.metadata.annotations).toMatchObject({
      'prometheus.io/port': String(PORT),
      'prometheus.io/path': '/metrics',
    });
    const probeSchema = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.literal('status') }) });
    const { startupProbe, livenessProbe, readinessProbe } = z
      .looseObject({ startupProbe: probeSchema, livenessProbe: probeSchema, readinessProbe: probeSchema })
      .parse(worker?.pod.spec.containers[0]);
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
    expect(paths).toEqual(['/healthz', '/healthz', '/readyz']);
    const monitored = z
      .looseObject({
        spec: z.looseObject({
          podMetricsEndpoints: z.array(z.looseObject({ port: z.string(), path: z.string() })),
        }),
      })
      .parse(documentsOf(join(DEPLOY, 'kubernetes', 'prometheus-operator', 'pod-monitor.yaml'))[0]);
    expect(monitored.spec.podMetricsEndpoints[0]).toMatchObject({ port: 'status', path: '/metrics' });
    const policy = read('kubernetes', 'base', 'network-policy.yaml');
    expect(policy).toContain(`port: ${PORT}\n`);

    const fine = { ok: true, reasons: [] };
    const server = await serveWorkerStatus({
      host: '127.0.0.1',
      port: 0,
      health: () => fine,
      readiness: async () => fine,
      metrics: async () => '',
    });
    onTestFinished(() => server.close());
    for (const path of [...paths, '/metrics']) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
  });

  it("the image's own looks at a worker that answers, and at one that is ill", async () => {
    const [, check = ''] = /^HEALTHCHECK[^\n]*\\\n\s+CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [program, flag, script = ''] = z.array(z.string()).parse(JSON.parse(check));
    expect([program, flag]).toEqual(['node', '--eval']);
    expect(script).toContain(`http://127.0.0.1:${PORT}/healthz`);
    let ok = true;
    const server = await serveWorkerStatus({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ ok, reasons: [] }),
      readiness: async () => ({ ok, reasons: [] }),
      metrics: async () => '',
    });
    onTestFinished(() => server.close());
    const { execFile } = await import('node:child_process');
    const exitCode = () =>
      new Promise<number>((resolve) => {
        const here = script.replace(`http://127.0.0.1:${PORT}`, server.url);
        execFile(process.execPath, ['--eval', here]).on('exit', (code) => resolve(code ?? -1));
      });
    expect(await exitCode()).toBe(0);
    ok = false;
    expect(await exitCode()).toBe(1);
  });
});

describe('a worker that is told to end', () => {
  it('has longer than its longest request takes', async () => {
    const config = await exampleConfig();
    const longest = Math.max(
      ...[config.target, config.writer, config.guide].map(({ timeoutSeconds }) => timeoutSeconds),
    );
    const worker = workloads.find(({ path }) => path.endsWith('worker.yaml'));
    expect(worker?.pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(longest);
    const [, minutes] = /^(\d+)m$/.exec(compose.services.worker?.stop_grace_period ?? '') ?? [];
    expect(60 * Number(minutes)).toBeGreaterThan(longest);
  });
});

async function exampleConfig() {
  const { config } = await loadConfig({
    path: join(DEPLOY, 'art.yaml'),
    cwd: DEPLOY,
    env: {},
    ...KNOWN_NAMES,
  });
  return config;
}

it('the example campaign is valid, and the same in compose and cluster', async () => {
  const config = await exampleConfig();
  expect(read('kubernetes', 'base', 'art.yaml')).toBe(read('art.yaml'));
  for (const { baseURL } of [config.target, config.writer, config.guide]) {
    expect(Object.keys(compose.services)).toContain(new URL(baseURL ?? '').hostname);
  }
});

describe('keys', () => {
  it.each(YAML_FILES.map((path) => [path.slice(DEPLOY.length + 1), path] as const))(
    '%s holds none',
    (_, path) => {
      expect(looksLikeSecret(readFileSync(path, 'utf8').replaceAll(/s3:\/\/\S+/g, ''))).toBe(false);
      const visit = (value: unknown, key: string): void => {
        if (typeof value === 'string') {
          const harmless = value === '' || value.startsWith('${');
          if (isSecretKey(key) && !harmless) throw new Error(`${path}: ${key} has a value`);
        } else if (typeof value === 'object' && value !== null) {
          for (const [name, item] of Object.entries(value)) visit(item, Array.isArray(value) ? key : name);
        }
      };
      for (const document of documentsOf(path)) visit(document, '');
    },
  );

  it('are empty in the examples, and the filled-in files stay out of git and of the image', () => {
    for (const path of FILES.filter((file) => file.endsWith('.env.example'))) {
      for (const [, name = '', value = ''] of readFileSync(path, 'utf8').matchAll(/^(\w+)=(.*)$/gm)) {
        if (name !== 'ART_DATABASE' && name !== 'MINIO_ROOT_USER')
          expect([path, name, value]).toEqual([path, name, '']);
      }
    }
    const files = Object.values(compose.services).flatMap((service) => service.env_file ?? []);
    for (const file of files) expect(existsSync(join(DEPLOY, `${file}.example`))).toBe(true);
    const ignored = spawnSync('git', ['check-ignore', ...new Set(files.map((file) => `deploy/${file}`))], {
      cwd: ROOT,
    });
    expect(ignored.stdout.toString().trim().split('\n')).toHaveLength(new Set(files).size);
    expect(readFileSync(join(ROOT, '.dockerignore'), 'utf8')).toMatch(/^\*$/m);
  });
});

describe('the image', () => {
  it('copies files that are there and are let through', () => {
    const letThrough = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const [, from, paths = ''] of dockerfile.matchAll(/^COPY (--from=\w+ )?(.+)$/gm)) {
      if (from !== undefined) continue;
      for (const path of paths.split(' ').slice(0, -1)) {
        expect(existsSync(join(ROOT, path)), path).toBe(true);
        expect(letThrough, path).toContain(path);
      }
    }
  });

  it('has what the package has, besides what is built', () => {
    const { files } = z
      .looseObject({ files: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const copied = [
      ...dockerfile.slice(dockerfile.lastIndexOf('FROM ')).matchAll(/^COPY (?:--from=\w+ )?(.+)$/gm),
    ].join();
    for (const file of files) expect(copied).toContain(file);
  });

  it('runs on the Node that ART needs, and not as root', () => {
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24-/m);
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('takes optional packages at the versions of the lock file, and no others of the development ones', () => {
    const folder = mkdtempSync(join(tmpdir(), 'art-extras-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'package.json'), readFileSync(join(ROOT, 'package.json')));
    const extras = (...groups: string[]) =>
      spawnSync(process.execPath, [join(DEPLOY, 'extras.js'), ...groups], { cwd: folder, encoding: 'utf8' });
    expect(extras('no-such-group')).toMatchObject({ status: 2, stdout: '' });
    const { stdout, status } = extras('s3', 'traces', 'nsfwjs', 'onnx');
    expect(status).toBe(0);
    const manifest = z.looseObject({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
      peerDependencies: z.record(z.string(), z.string()),
    });
    const before = manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const after = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    const added = Object.keys(after.dependencies).filter((name) => !(name in before.dependencies));
    expect(added.sort()).toEqual(Object.keys(before.peerDependencies).sort());
    expect(stdout.trim().split('\n')).toHaveLength(added.length);
    for (const name of added) expect(after.dependencies[name]).toBe(before.devDependencies[name]);
    expect(Object.keys(after.devDependencies)).not.toEqual(expect.arrayContaining(added));
  });

  it('is named by the version of this ART', () => {
    for (const path of FILES.filter((file) => /kustomization\.yaml$/.test(file))) {
      const text = readFileSync(path, 'utf8');
      if (text.includes('newTag')) expect(text).toContain(`newTag: ${ART_VERSION}\n`);
    }
    expect(compose.services.worker?.image).toBe(`art:${ART_VERSION}`);
  });
});

describe('compose.yaml', () => {
  it('is valid by the schema of Compose', () => {
    const dclint = join(ROOT, 'node_modules', '.bin', 'dclint');
    const { status, stdout, stderr } = spawnSync(dclint, [join(DEPLOY, 'compose.yaml'), '--quiet'], {
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, expect.any(String), '']);
  });

  it('names services, volumes and files that are there', () => {
    const names = Object.keys(compose.services);
    for (const { depends_on = {}, volumes = [], build } of Object.values(compose.services)) {
      expect(names).toEqual(expect.arrayContaining(Object.keys(depends_on)));
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(DEPLOY, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      if (build !== undefined) expect(existsSync(join(DEPLOY, build.context, build.dockerfile))).toBe(true);
    }
  });
});

describe('the Kubernetes manifests', () => {
  it('are complete: every file that is named is there, and every file is named', () => {
    const named = new Set<string>();
    const kustomizations = FILES.filter((path) => basename(path) === 'kustomization.yaml');
    for (const path of kustomizations) {
      const { resources, configMapGenerator } = z
        .looseObject({
          resources: z.array(z.string()),
          configMapGenerator: z.array(z.looseObject({ files: z.array(z.string()).default([]) })).default([]),
        })
        .parse(documentsOf(path)[0]);
      for (const file of [...resources, ...configMapGenerator.flatMap(({ files }) => files)]) {
        const target = join(dirname(path), file);
        expect(existsSync(target), target).toBe(true);
        named.add(statSync(target).isDirectory() ? join(target, 'kustomization.yaml') : target);
      }
    }
    const unnamed = manifests.map(({ path }) => path).filter((path) => !named.has(path));
    expect(
      [...new Set(unnamed)].filter((path) => !kustomizations.includes(path)).map((path) => basename(path)),
    ).toEqual(['secret.example.yaml']);
  });

  it('select the pods that they make', () => {
    expect(workloads).toHaveLength(5);
    for (const { selector = {}, pod } of workloads) expect(pod.metadata.labels).toMatchObject(selector);
  });
});
