select * from read_text('/etc/passwd') a, 'x.csv' b where getenv('HOME') = (select content from glob('*'))
