// Is the reference one page that can be read alone? What typedoc wrote to docs/api goes to docs/api.md, with contents.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const text = readFileSync('docs/api/index.md', 'utf8').replace(/^# .*\n/, '');
const contents = [];
for (const [, marks, heading] of text.matchAll(/^(##|###) (.*)$/gm)) {
  const link = `[${heading}](#${heading.toLowerCase().replaceAll(/[^\w-]/g, '')})`;
  if (marks === '##') contents.push(`\n\n**${heading}**: `);
  else contents.push(contents.at(-1).endsWith(': ') ? link : `, ${link}`);
}
const intro = `# Reference

Made from the source by \`npm run docs\`: the same text that your editor shows. The examples have \`fs\`, \`net\` and \`posix\` imported;
what they print stands after \`prints:\`. Pages that explain: [documentation](README.md).
`;
// Functions stand first, so the first heading of that name is theirs; typedoc has counted methods before.
const linked = text.replaceAll(/\[(\w+)\]\(#(\w+)-\d+\)/g, (link, label, anchor) =>
  text.includes(`\n### ${label}()\n`) ? `[${label}](#${anchor})` : link,
);
writeFileSync('docs/api.md', `${intro}${contents.join('')}\n${linked}`);
execFileSync('npx', ['prettier', '--log-level', 'warn', '--write', 'docs/api.md'], { stdio: 'inherit' });
rmSync('docs/api', { recursive: true });
