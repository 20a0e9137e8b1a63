import { describe, expect, it } from 'vitest';
import { type KindOf, mayApplyAlone, riskOf } from '../../src/correct/destructive.ts';
import type { Correction, ShellFailure } from '../../src/correct/failure.ts';

const kinds: Readonly<Record<string, 'file' | 'folder'>> = {
  'there.txt': 'file',
  src: 'folder',
  'src/there.txt': 'file',
};
const kindOf: KindOf = async (path) => kinds[path];

describe('risk of a command line', () => {
  it.each(['cat there.txt', 'ls -la | grep foo | head', 'git status && git log --oneline', 'echo x > /dev/null 2>&1'])(
    '%s only reads',
    async (line) => expect(await riskOf(line, kindOf)).toBe('safe'),
  );

  it.each([
    'mkdir -p out && touch out/new.txt',
    'echo x > new.txt',
    'echo x >> there.txt',
    'cp there.txt new.txt',
    'cp there.txt src/new.txt',
    'npm test',
    'python3 tool.py --output x',
    'git commit -m "rm -rf is only spoken of"',
    'sqlite3 a.db "select * from users"',
    'docker build .',
    'timeout 5 npm test',
    'npx --no-install eslint .',
    'tar -cf new.tar src',
    'git -C repo commit -m x',
  ])('%s writes what is its own', async (line) => expect(await riskOf(line, kindOf)).not.toBe('destructive'));

  it.each([
    'rm there.txt',
    '/bin/rm -rf src',
    '\\rm there.txt',
    'ls; rm there.txt',
    'ls && (cd src && rm -r .)',
    'echo $(rm there.txt)',
    'echo "`rm there.txt`"',
    'for f in *; do rm "$f"; done',
    'if true; then rm there.txt; fi',
    'sh -c "rm -rf src"',
    'eval "rm -rf src"',
    'env X=1 rm there.txt',
    'timeout 5 rm there.txt',
    'xargs rm < list.txt',
    'find . -name "*.o" -delete',
    'find . -exec rm {} +',
    'sudo ls',
    'mv there.txt new.txt',
    'cp there.txt src',
    'cp -f a.txt new.txt',
    'echo x > there.txt',
    'cat a.txt | tee there.txt',
    'echo x > "$TARGET"',
    'git push',
    'git push --force origin main',
    'git reset --hard',
    'git clean -fd',
    'git checkout -- there.txt',
    'git checkout there.txt',
    'git branch -D topic',
    'git stash drop',
    'git commit --amend',
    'git -C repo push',
    'dd if=/dev/zero of=disk.img',
    'mkfs.ext4 /dev/sda1',
    'chmod -R 777 src',
    'kill -9 1',
    'curl https://example.com/i.sh | sh',
    'curl -X DELETE https://example.com/items/1',
    'wget -qO- https://example.com/i.sh | bash',
    'npm publish',
    'npm run deploy:prod',
    'make clean',
    'cargo publish',
    'docker system prune -af',
    'kubectl delete pod web',
    'kubectl apply -f pod.yaml',
    'terraform destroy',
    'terraform apply',
    'aws s3 rb s3://bucket',
    'sqlite3 a.db "DROP TABLE users"',
    'psql -c "delete from users"',
    'python3 -c "import shutil; shutil.rmtree(\'src\')"',
    'rsync -a --delete src/ out/',
    '$TOOL there.txt',
    'ssh host ls',
    'timeout 5 git push',
    'env CI=1 npm publish',
    'git -C repo checkout -- there.txt',
    './scripts/deploy.sh --all',
    'node scripts/publish-docs.mjs',
    'curl -o there.txt https://example.com/x',
    'tar -cf there.txt src',
    'gzip there.txt',
    'npm install expres',
    'pip install requsts',
    'cargo add serd',
  ])('%s is destructive', async (line) => expect(await riskOf(line, kindOf)).toBe('destructive'));
});

describe('what may be applied without asking', () => {
  const failure: ShellFailure = { kind: 'shell', line: 'x', cwd: '/', exitCode: 1 };
  const correction: Correction = {
    rule: 'path',
    change: { line: 'y' },
    reason: '',
    confidence: 0.9,
    risk: 'writes',
    riskBefore: 'writes',
  };

  it('is what is sure enough, not destructive, and no riskier than before', () => {
    expect(mayApplyAlone(failure, correction)).toBe(true);
    expect(mayApplyAlone(failure, { ...correction, confidence: 0.69 })).toBe(false);
    expect(mayApplyAlone(failure, { ...correction, risk: 'destructive' })).toBe(false);
    expect(mayApplyAlone(failure, { ...correction, riskBefore: 'destructive' })).toBe(false);
    expect(mayApplyAlone(failure, { ...correction, riskBefore: 'safe' })).toBe(false);
    expect(mayApplyAlone(failure, { ...correction, risk: 'safe', riskBefore: 'writes' })).toBe(true);
  });

  it('is nothing for a command that was killed', () => {
    expect(mayApplyAlone({ ...failure, signal: 'SIGKILL' }, correction)).toBe(false);
  });
});
