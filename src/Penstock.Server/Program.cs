using Penstock.Server.Commands;

return await PenstockCommand.RunAsync(args);
