import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

/** Where this machine gets packages from and whom it trusts, as the files of a Debian system say it. */
export interface MachineSettings {
  /** Debian's mirror; undefined where this machine's apt knows none of the release: debootstrap has one of its own. */
  readonly mirror: string | undefined
  /** Of /etc/apt/sources.list; '' for what debootstrap writes itself. */
  readonly sources: string
  /** Of a file of /etc/apt/apt.conf.d. */
  readonly apt: string
  /** Through what apt reaches the network, if through anything. */
  readonly aptProxy: string | undefined
  /** Of /etc/pip.conf. */
  readonly pip: string
  /** Of /etc/uv/uv.toml. */
  readonly uv: string
  /** Whom this machine trusts, each as PEM. */
  readonly certificates: readonly string[]
}

const bundle = '/etc/ssl/certs/ca-certificates.crt'

/** @param release of Debian, by its codename */
export async function machineSettings(release: string): Promise<MachineSettings> {
  const [targets, apt, index, pem] = await Promise.all([
    run('apt-get', [
      'indextargets',
      ...['--format', '$(ORIGIN) $(CODENAME) $(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    ]),
    run('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire']),
    run('python3', ['-m', 'pip', 'config', 'get', 'global.index-url']).catch(() => undefined),
    readFile(process.env['NODE_EXTRA_CA_CERTS'] ?? bundle, 'utf8'),
  ])
  const debian = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([origin, codename]) => origin === 'Debian' && codename?.split('-')[0] === release)
  const proxies = apt.split('\n').filter((line) => /^Acquire::https?::proxy\b/i.test(line))
  const python = process.env['PIP_INDEX_URL'] ?? index
  return {
    mirror: debian.find(([, codename]) => codename === release)?.[2],
    sources: debian.map(([, , uri, suite, part]) => `deb ${uri} ${suite} ${part}\n`).join(''),
    apt: proxies.map((line) => `${line}\n`).join(''),
    aptProxy: proxies.map((line) => /^Acquire::http::proxy "(.+)"/i.exec(line)?.[1]).find(Boolean),
    pip: `[global]\ncert = ${bundle}\n${python === undefined ? '' : `index-url = ${python}\n`}`,
    // uv brings certificates of its own, and takes the system's where it is told to.
    uv: `native-tls = true\n${python === undefined ? '' : `[[index]]\nurl = "${python}"\ndefault = true\n`}`,
    certificates: pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  }
}
