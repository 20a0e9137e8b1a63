import {
  argumentKind,
  firstWords,
  type Material,
  repeatsArgument,
  secondWords,
  shells,
  type ValueKind,
  valuedFlags,
  wordsOf,
} from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (words: readonly string[]): string => `@(${words.map(quote).join(', ')})`;
const kindText = (kind: ValueKind): string => (typeof kind === 'string' ? quote(kind) : list(kind));

// A table of PowerShell's takes a key once, whatever its case.
const table = (rows: readonly (readonly [key: string, value: string])[]): string =>
  `@{\n${[...new Map(rows.map(([key, value]) => [key.toLowerCase(), `    ${quote(key)} = ${value}`])).values()].join('\n')}\n  }`;

/** For Windows PowerShell 5 and PowerShell 7. Without candidates, it completes file names. */
export const powershellScript = ({ commands, modelsFile, settings }: Material): string => {
  const values = commands.flatMap((command) =>
    valuedFlags(command).flatMap(([spellings, kind]) =>
      spellings.map((spelling) => [`${command.name} ${spelling}`, kindText(kind)] as const),
    ),
  );
  const kinds = commands.flatMap((command) => {
    const kind = argumentKind(command);
    return kind === undefined ? [] : [[command.name, kindText(kind)] as const];
  });
  const first = firstWords(commands);
  return `# hotpath completions for PowerShell: hotpath completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName hotpath -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $flags = ${table(commands.map((command) => [command.name, list(wordsOf(command))]))}
  $groups = ${table([...secondWords(commands)].map(([group, words]) => [group, list(words)]))}
  $values = ${table(values)}
  $arguments = ${table(kinds)}
  $repeated = ${list(commands.filter(repeatsArgument).map(({ name }) => name))}
  $listed = {
    param($kind)
    switch ($kind) {
      'models' { Get-Content -LiteralPath ${quote(modelsFile)} -ErrorAction SilentlyContinue }
      'settings' { ${list(settings)} }
      { $_ -in 'templates', 'conversations' } { hotpath $kind list 2>$null | ForEach-Object { ($_ -split ' ')[0] } }
      { $_ -in 'keys', 'providers' } { hotpath $kind list 2>$null | Select-Object -Skip 1 | ForEach-Object { ($_ -split ' ')[0] } }
      'program' { Get-Command -Name "$typed*" -CommandType Application, ExternalScript -ErrorAction SilentlyContinue | ForEach-Object { $_.Name } }
    }
  }
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $command = ($words | Select-Object -First 2) -join ' '
  if (-not $flags.ContainsKey($command)) { $command = [string]($words | Select-Object -First 1) }
  $depth = @($command -split ' ').Count
  $typed = $wordToComplete
  $lead = ''
  $kind = $null
  if ($words.Count -eq 0) { $kind = ${list([...first, '--help', '--version'])} }
  elseif ($words.Count -eq 1 -and $groups.ContainsKey($words[0])) { $kind = $groups[$words[0]] }
  elseif ($words.Count -eq 1 -and $words[0] -eq 'help') { $kind = ${list(first)} }
  elseif ($words.Count -eq 1 -and $words[0] -eq 'completions' -and $typed -notlike '-*') { $kind = ${list(shells)} }
  elseif ($typed -match '^(--[\\w-]+)=(.*)$') {
    $lead = "$($Matches[1])="
    $typed = $Matches[2]
    $kind = $values["$command $($Matches[1])"]
  }
  elseif ($values.ContainsKey("$command $($words[-1])")) { $kind = $values["$command $($words[-1])"] }
  elseif ($typed -like '-*') { $kind = $flags[$command] }
  else {
    $given = @($words | Select-Object -Skip $depth | Where-Object { $_ -notlike '-*' }).Count
    if ($arguments.ContainsKey($command) -and ($given -eq 0 -or $repeated -contains $command)) { $kind = $arguments[$command] }
    if ($kind -eq $null -or ($kind -is [string] -and $kind -eq 'anything' -and $typed -eq '')) { $kind = $flags[$command] }
  }
  if ($kind -is [string] -and $kind -eq 'model-list') {
    if ($typed -match '^(.*,)([^,]*)$') {
      $lead += $Matches[1]
      $typed = $Matches[2]
    }
    $kind = 'models'
  }
  $candidates = if ($kind -is [string]) { @(& $listed $kind) } else { @($kind) }
  $candidates | Where-Object { $_ -like "$typed*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new("$lead$_", $_, 'ParameterValue', $_)
  }
}
`;
};
