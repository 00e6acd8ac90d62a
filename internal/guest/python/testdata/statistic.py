import statistics as s

d = [2.5, 3.1, 4.7, 4.7, 8.0, 9.9]
print(s.mean(d), s.median(d), s.mode(d), round(s.stdev(d), 6), round(s.pvariance(d), 6), s.quantiles(d, n=4), s.geometric_mean([1, 10, 100]))
print(s.harmonic_mean([40, 60]), s.multimode("aabbc"), s.median_grouped([1, 2, 2, 3]), s.fmean(d, weights=range(6)), s.correlation([1, 2, 3], [2, 4, 7]))
print(s.linear_regression([1, 2, 3], [2, 4, 6]), round(s.NormalDist(100, 15).cdf(130), 6), s.NormalDist.from_samples(d).mean, s.mean([1, 2, 3, 4]))
try:
    s.mean([])
except s.StatisticsError as e:
    print(e)
