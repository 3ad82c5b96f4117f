globalThis.setByASetupFile = 1;
