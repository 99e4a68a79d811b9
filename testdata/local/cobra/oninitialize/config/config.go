package config

type Config struct{ From string }

var C Config
