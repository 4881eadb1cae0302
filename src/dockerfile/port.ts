const PROTOCOLS = new Set(['tcp', 'udp', 'sctp']);

/** The ports that a word of EXPOSE means, each as `number/protocol`; a text that says what is wrong otherwise. */
export function parsePorts(text: string): readonly string[] | string {
  const parts = text.split(':');
  const container = parts.at(-1) ?? '';
  const slash = container.indexOf('/');
  const protocol = slash < 0 ? '' : container.slice(slash + 1).toLowerCase();
  const range = slash < 0 ? container : container.slice(0, slash);
  if (range === '') return 'no port specified';
  if (protocol !== '' && !PROTOCOLS.has(protocol)) return `invalid protocol ${JSON.stringify(protocol)}`;
  const ports = parseRange(range);
  if (ports === undefined)
    return `invalid port ${JSON.stringify(range)}: want a number from 0 to 65535 or a range of them`;
  const fault = hostFault(parts.slice(0, -1), ports);
  if (fault !== undefined) return fault;
  const [first, last] = ports;
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol || 'tcp'}`);
}

/** `ip:port:` before the container's port is checked and otherwise without meaning, as in BuildKit. */
function hostFault(parts: readonly string[], container: readonly [number, number]): string | undefined {
  const hostPort = parts.at(-1) ?? '';
  if (hostPort === '') return undefined;
  const host = parseRange(hostPort);
  if (host === undefined) return `invalid host port ${JSON.stringify(hostPort)}`;
  const size = container[1] - container[0];
  if (size !== 0 && size !== host[1] - host[0]) return 'the ranges of host and container ports differ in size';
  return undefined;
}

function parseRange(text: string): readonly [number, number] | undefined {
  const dash = text.indexOf('-');
  const first = parsePort(dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? first : parsePort(text.slice(dash + 1));
  if (first === undefined || last === undefined || last < first) return undefined;
  return [first, last];
}

function parsePort(text: string): number | undefined {
  if (!/^\+?\d{1,20}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}
