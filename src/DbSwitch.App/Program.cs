return await DbSwitch.App.CommandLine.Root.RunAsync(args);
