import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { FileNode } from '../../tree/index.ts';
import { type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';

const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/usr/share/ca-certificates',
] as const;
const LIBRARIES = /^lib(?:ssl|gnutls|mbedtls|curl|nss3)\b/;
const CHUNK_BYTES = 4 << 20;
const SCAN_LIMIT_BYTES = 256 << 20;
/** Static programs that speak TLS by themselves (those of Go, rustls) hold the places of certificates. */
const MARK = '/etc/ssl/certs/ca-certificates.crt';

/** Certificates for programs that speak TLS. */
export function checkCertificates({ patient, mender }: CheckContext): Finding[] {
  if (BUNDLES.some((path) => patient.node(path) !== undefined) || patient.variable('SSL_CERT_FILE') !== undefined)
    return [];
  const steps = patient.plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  const speaks = steps.find(({ file }) => {
    const objects = patient.closure(file.path)?.objects ?? [];
    if (objects.some(({ path }) => LIBRARIES.test(path.slice(path.lastIndexOf('/') + 1)))) return true;
    return objects.length <= 1 && file.node.kind === 'file' && holds(file.node, MARK);
  });
  if (speaks === undefined) return [];
  const path = '/etc/ssl/certs/ca-certificates.crt' as ByteString;
  const apk = patient.file('/sbin/apk') === undefined ? undefined : mender.run(['apk', 'add', 'ca-certificates']);
  return [
    finding('ca-certificates-missing', path, {
      why: 'SSL certificate problem: unable to get local issuer certificate',
      cause: `${decodeText(speaks.file.path)} speaks TLS, and the image has no certificates of authorities.`,
      fix: apk ?? mender.fromHost([{ from: path, to: path }]),
    }),
  ];
}

function holds({ content }: FileNode, mark: string): boolean {
  const overlapBytes = mark.length - 1;
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES + overlapBytes, content.sizeBytes));
  const end = Math.min(content.sizeBytes, SCAN_LIMIT_BYTES);
  for (let at = 0; at < end; at += CHUNK_BYTES) {
    const count = content.read(chunk, at);
    if (chunk.subarray(0, count).includes(mark)) return true;
  }
  return false;
}
