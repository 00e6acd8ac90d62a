return load("boot");
})
