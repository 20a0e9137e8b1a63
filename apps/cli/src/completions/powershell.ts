import type { Command } from '../command.ts';
import { firstWords, type Material, secondWords, shells, valuedFlags, wordsOf } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (words: readonly string[]): string => `@(${words.map(quote).join(', ')})`;

const valueRows = (command: Command): readonly string[] =>
  valuedFlags(command).flatMap(([spellings, kind]) => {
    const values = typeof kind === 'string' ? quote(kind) : list(kind);
    return spellings.map((spelling) => `${quote(`${command.name} ${spelling}`)} = ${values}`);
  });

/** For Windows PowerShell 5 and PowerShell 7. Without candidates, it completes file names. */
export const powershellScript = ({ commands, modelsFile }: Material): string => {
  const flags = commands.map((command) => `    ${quote(command.name)} = ${list(wordsOf(command))}`);
  const groups = [...secondWords(commands)].map(([group, words]) => `    ${quote(group)} = ${list(words)}`);
  // A table of PowerShell's takes a key once, whatever its case.
  const table = (rows: readonly string[]): string =>
    `@{\n${[...new Map(rows.map((row) => [row.split(' = ')[0]?.toLowerCase(), row])).values()].join('\n')}\n  }`;
  return `# hotpath completions for PowerShell: hotpath completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName hotpath -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $flags = ${table(flags)}
  $groups = ${table(groups)}
  $values = ${table(commands.flatMap(valueRows).map((row) => `    ${row}`))}
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $command = ($words | Select-Object -First 2) -join ' '
  if (-not $flags.ContainsKey($command)) { $command = [string]($words | Select-Object -First 1) }
  $candidates = @()
  if ($words.Count -eq 0) { $candidates = ${list([...firstWords(commands), '--help', '--version'])} }
  elseif ($words.Count -eq 1 -and $groups.ContainsKey($words[0])) { $candidates = $groups[$words[0]] }
  elseif ($words.Count -eq 1 -and $words[0] -eq 'help') { $candidates = ${list(firstWords(commands))} }
  elseif ($words.Count -eq 1 -and $words[0] -eq 'completions') { $candidates = ${list(shells)} }
  elseif ($values.ContainsKey("$command $($words[-1])")) {
    $candidates = $values["$command $($words[-1])"]
    if ($candidates -is [string]) {
      if ($candidates -ne 'models') { return }
      $candidates = @(Get-Content -LiteralPath ${quote(modelsFile)} -ErrorAction SilentlyContinue)
    }
  }
  elseif ($flags.ContainsKey($command)) { $candidates = $flags[$command] }
  $candidates | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
};
