@echo off
rem dllm from a clone: builds the command line where it is absent or older than its sources, then runs it.
setlocal
set "root=%~dp0"
set "project=%root%src\Dllm.Cli"
set "program=%project%\bin\Release\net10.0\Dllm.Cli.dll"
set "stamp=%project%\bin\Release\.built"

where dotnet >nul 2>nul
if errorlevel 1 (
    echo error: dotnet is not installed; get the .NET 10 SDK from https://dotnet.microsoft.com/download 1>&2
    exit /b 2
)

if not exist "%program%" goto build
if not exist "%stamp%" goto build
powershell -NoProfile -Command "$t=(Get-Item '%stamp%').LastWriteTimeUtc; if (Get-ChildItem '%root%src' -Recurse -File | Where-Object { $_.FullName -notmatch '\\(bin|obj)\\' -and $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1) { exit 1 }"
if not errorlevel 1 goto run

:build
dotnet build "%project%" -c Release -v q --nologo 1>&2
if errorlevel 1 exit /b 1
type nul > "%stamp%"

:run
rem What this was called as, for suggestions that can be pasted.
set "DLLM_COMMAND=%~0"
dotnet "%program%" %*
exit /b %errorlevel%
