package rates

// Rates to the euro. main fills it.
var Rates = map[string]float64{}

func FromEUR(amount float64, currency string) float64 { return amount * Rates[currency] }
