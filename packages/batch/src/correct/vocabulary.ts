const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What a shell knows by itself. */
export const builtins = words(
  'alias bg cd command echo eval exec exit export false fg getopts hash jobs kill local printf pwd read readonly return set shift source test times trap true type ulimit umask unalias unset wait',
);

/** Programs that are meant more often than the rest of what a machine has. */
export const everyday: ReadonlySet<string> = new Set(
  words(`awk base64 basename bash bun bundle bzip2 cargo cat cd chmod clang cmake composer cp curl cut date deno diff dirname docker dotnet
    du echo env eslint export expr fd file find gcc gem git go gradle grep gunzip gzip head helm java javac jq kubectl ls lua make md5sum mkdir
    mvn mypy node npm npx openssl patch perl php pip pip3 pnpm prettier printf psql pwd pytest python python3 rake realpath rg rm rsync ruby
    ruff rustc scp sed seq sh sha256sum shellcheck sleep sort sqlite3 ssh stat tar tee terraform test touch tr tree tsc tsx uniq unzip uv
    vitest wc wget which xargs xmllint xz yarn yq zip zsh zstd mv ps df tail ln`),
);

/** Programs whose first word says what to do, with the words that are typed without a blank or need telling apart. */
export const withSubcommands: Readonly<Record<string, readonly string[]>> = {
  git: words(`add bisect blame branch checkout cherry-pick clean clone commit config describe diff fetch grep init log merge mv pull push rebase
    reflog remote reset restore revert rev-list rev-parse rm show stash status submodule switch tag worktree ls-files`),
  npm: words(
    'audit ci exec help init install list ls outdated pack publish run test uninstall update version view start',
  ),
  pnpm: words('add exec install list run test update why'),
  yarn: words('add install run test why'),
  docker: words(
    'build compose context exec image images inspect logs network ps pull push rm rmi run start stop system volume',
  ),
  kubectl: words('apply config create delete describe exec get logs version'),
  cargo: words('add bench build check clean clippy doc fetch fmt init metadata new run test update'),
  pip: words('cache check download freeze install list show uninstall'),
  go: words('build env fmt get install list mod run test vet version'),
  make: [],
  gem: words('install list search'),
  terraform: words('apply destroy fmt init plan validate version'),
  openssl: words('dgst enc genrsa rand req rsa version x509'),
};

/** Second words, where a tool does not list them when it refuses one. */
export const nestedSubcommands: Readonly<Record<string, readonly string[]>> = {
  'git stash': words('apply branch clear create drop list pop push save show store'),
  'git remote': words('add get-url prune remove rename set-head set-url show update'),
  'git worktree': words('add list lock move prune remove repair unlock'),
  'git submodule': words('add deinit foreach init status summary sync update'),
  'git bisect': words('bad good log new old replay reset run skip start terms'),
};

/** Flags that a tool's own help leaves out. */
export const flagsOf: Readonly<Record<string, readonly string[]>> = {
  jq: words(`--raw-output --compact-output --null-input --slurp --sort-keys --arg --argjson --slurpfile --rawfile --exit-status --join-output
    --ascii-output --color-output --monochrome-output --tab --indent --stream --raw-input --args --jsonargs --from-file`),
  git: words(`--oneline --graph --stat --shortstat --numstat --name-only --name-status --patch --all --decorate --author --since --until --grep
    --reverse --first-parent --no-merges --merges --follow --format --pretty --abbrev-commit --max-count --cached --staged --word-diff
    --ignore-all-space --ignore-space-change --exit-code --quiet --color --no-color --no-pager --branches --tags --remotes --date --summary
    --unified --find-renames --diff-filter --short --verify --abbrev-ref --show-toplevel`),
};

/** Words of a tool's language: what a misspelt word within an argument may have been. */
export const languages: Readonly<Record<string, readonly string[]>> = {
  sql: words(`SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT OFFSET JOIN LEFT INNER OUTER ON AS AND OR NOT NULL IS IN LIKE BETWEEN EXISTS UNION ALL
    DISTINCT INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE INDEX VIEW DROP ALTER ADD COLUMN PRIMARY KEY DESC ASC CASE WHEN THEN ELSE END
    COUNT SUM AVG MIN MAX WITH RETURNING EXPLAIN PRAGMA BEGIN COMMIT ROLLBACK`),
  jq: words(`add all any arrays ascii_downcase ascii_upcase booleans capture contains del delpaths empty endswith env error explode first flatten
    floor from_entries fromjson getpath group_by gsub has implode in index indices inside isvalid join keys keys_unsorted last length limit
    ltrimstr map map_values match max max_by min min_by not now null nulls numbers objects paths range recurse reverse rtrimstr scan select
    setpath sort sort_by split splits sqrt startswith strings sub test to_entries todate tojson tonumber tostring transpose type unique
    unique_by until values walk with_entries`),
  date: words(`today tomorrow yesterday now monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december next last ago day days week weeks month months year years hour hours minute minutes second`),
  url: words('http https ftp file ssh git sftp'),
  python:
    words(`json.tool http.server venv pip unittest pytest timeit cProfile pdb doctest compileall zipfile tarfile site sysconfig ensurepip
    py_compile pydoc calendar base64 webbrowser ast dis`),
  node: words('spec tap dot junit lcov'),
};

/** Which language a tool's arguments are written in. */
export const languageOf: Readonly<Record<string, keyof typeof languages>> = {
  sqlite3: 'sql',
  psql: 'sql',
  mysql: 'sql',
  duckdb: 'sql',
  jq: 'jq',
  date: 'date',
  curl: 'url',
  wget: 'url',
  python: 'python',
  python3: 'python',
  node: 'node',
};
